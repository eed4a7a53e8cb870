// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SMMUv3 of QEMU's virt machine, driven with one stream whose TTB0 is an
 * mm's pgd, one ASID, and queues that are polled. Sections named here are those
 * of SMMUv3, Arm IHI0070 G.b.
 *
 * What it makes of a page table entry: AP[2] alone says whether a write passes.
 * IDR0.HTTU is 0, so CD.HA and CD.HD must be 0: it never clears AP[2] of an
 * entry whose DBM bit is set, nor sets the access flag. A clean page (DBM and
 * AP[2] both set), as CPUs with FEAT_HAFDBS leave it, is read-only here until a
 * CPU has written to it.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <asm/sysreg.h>

#include <linux/stlb.h>

#include "iommu.h"

/* Registers: 6.3 */
#define SMMU_IDR0 0x0
#define IDR0_S1P BIT(1)
#define IDR0_TTF_AARCH64 BIT(3)
#define IDR0_COHACC BIT(4)
#define IDR0_ST_LEVEL GENMASK(28, 27)
#define SMMU_IDR1 0x4
#define IDR1_SIDSIZE GENMASK(5, 0)
#define IDR1_EVENTQS GENMASK(20, 16)
#define IDR1_CMDQS GENMASK(25, 21)
#define SMMU_IDR3 0xc
#define IDR3_RIL BIT(10)
#define SMMU_IDR5 0x14
#define IDR5_OAS GENMASK(2, 0)
#define IDR5_GRAN4K_SHIFT 4 /* then 16K, 64K */
#define SMMU_CR0 0x20
#define SMMU_CR0ACK 0x24
#define CR0_SMMUEN BIT(0)
#define CR0_EVENTQEN BIT(2)
#define CR0_CMDQEN BIT(3)
#define SMMU_CR1 0x28
#define SMMU_CR2 0x2c
#define CR2_RECINVSID BIT(1) /* report stream IDs that are out of range */
#define CR2_PTM BIT(2) /* no part in broadcast TLB maintenance */
#define SMMU_GERROR 0x60
#define SMMU_GERRORN 0x64
#define SMMU_STRTAB_BASE 0x80
#define SMMU_STRTAB_BASE_CFG 0x88
#define STRTAB_2LEVEL BIT(16)
#define STRTAB_SPLIT GENMASK(10, 6)
#define STRTAB_LOG2SIZE GENMASK(5, 0)
#define SMMU_CMDQ_BASE 0x90
#define SMMU_CMDQ_PROD 0x98
#define SMMU_CMDQ_CONS 0x9c
#define SMMU_EVENTQ_BASE 0xa0
#define SMMU_EVENTQ_PROD 0x100a8
#define SMMU_EVENTQ_CONS 0x100ac
#define EVENTQ_OVERFLOW BIT(31)
#define BASE_ALLOCATE BIT_ULL(62) /* hint for the caches */
#define BASE_LOG2SIZE GENMASK_ULL(4, 0)

/* Memory attributes: write-back, inner shareable, as the kernel maps RAM */
#define CACHE_WB 1
#define SHARE_INNER 3
#define CR1_WB                                              \
	(FIELD_PREP(GENMASK(1, 0), CACHE_WB) | /* queues */ \
	 FIELD_PREP(GENMASK(3, 2), CACHE_WB) |              \
	 FIELD_PREP(GENMASK(5, 4), SHARE_INNER) |           \
	 FIELD_PREP(GENMASK(7, 6), CACHE_WB) | /* tables */ \
	 FIELD_PREP(GENMASK(9, 8), CACHE_WB) |              \
	 FIELD_PREP(GENMASK(11, 10), SHARE_INNER))

/* Level 1 stream table descriptor: 5.1. 2^(Span - 1) entries */
#define L1_SPAN GENMASK_ULL(4, 0)

/* Stream table entry: 5.2 */
#define STE_WORDS 8
#define STE_V BIT_ULL(0)
#define STE_CONFIG GENMASK_ULL(3, 1)
#define CONFIG_BYPASS 4
#define CONFIG_STAGE1 5
#define STE1_S1CIR GENMASK_ULL(3, 2)
#define STE1_S1COR GENMASK_ULL(5, 4)
#define STE1_S1CSH GENMASK_ULL(7, 6)
#define STE1_SHCFG GENMASK_ULL(45, 44)
#define SHCFG_INCOMING 1

/* Context descriptor: 5.4 */
#define CD_WORDS 8
#define CD_T0SZ GENMASK_ULL(5, 0)
#define CD_TG0 GENMASK_ULL(7, 6)
#define CD_IR0 GENMASK_ULL(9, 8)
#define CD_OR0 GENMASK_ULL(11, 10)
#define CD_SH0 GENMASK_ULL(13, 12)
#define CD_EPD0 BIT_ULL(14)
#define CD_EPD1 BIT_ULL(30)
#define CD_V BIT_ULL(31)
#define CD_IPS GENMASK_ULL(34, 32)
#define CD_AA64 BIT_ULL(41)
#define CD_R BIT_ULL(45) /* record faults */
#define CD_A BIT_ULL(46) /* abort what faults */
#define CD_ASET BIT_ULL(47) /* not the CPUs' ASID */
#define CD_ASID GENMASK_ULL(63, 48)
#define T0SZ_MIN 16 /* unless IDR5.VAX is there, and 64K granules */

/* TCR_EL1, Arm ARM DDI0487: the same encodings as the CD has */
#define CPU_T0SZ GENMASK_ULL(5, 0)
#define CPU_IRGN0 GENMASK_ULL(9, 8)
#define CPU_ORGN0 GENMASK_ULL(11, 10)
#define CPU_SH0 GENMASK_ULL(13, 12)
#define CPU_TG0 GENMASK_ULL(15, 14)
#define CPU_IPS GENMASK_ULL(34, 32)
#define CPU_DS BIT_ULL(59)

/* Commands: 4.3, 4.4, 4.7.3 */
#define CMD_CFGI_ALL 0x04
#define CFGI_ALL_RANGE 31
#define CMD_CFGI_CD 0x05
#define CMD_TLBI_NH_ASID 0x11
#define CMD_TLBI_NH_VA 0x12
#define CMD_TLBI_NSNH_ALL 0x30
#define CMD_SYNC 0x46
#define CMD_SID GENMASK_ULL(63, 32)
#define CMD_ASID GENMASK_ULL(63, 48)
#define CMD_NUM GENMASK_ULL(16, 12)
#define CMD_SCALE GENMASK_ULL(24, 20)
#define CMD1_LEAF BIT_ULL(0)
#define CMD1_TG GENMASK_ULL(11, 10)
#define MAX_NUM 31UL /* pages, times 2^SCALE */
#define MAX_SCALE 31UL
/* 1, 2, 3: 4K, 16K, 64K */
#define PAGE_TG ((PAGE_SHIFT - 10) / 2)

/* Event records: 7.3 */
#define EVENT_TYPE GENMASK_ULL(7, 0)
#define EVENT_SID GENMASK_ULL(63, 32)
#define EVENT_ADDRESS_WORD 2
#define F_PERMISSION 0x13

/*
 * Stream IDs of 16 bits, all that PCI's requester IDs need, 8 of them at each
 * level of the table (STRTAB_BASE_CFG.SPLIT). The longer ones abort.
 */
#define SPLIT 8
#define SID_BITS 16
#define LEAF_STES BIT(SPLIT)
#define L1_DESCRIPTORS BIT(SID_BITS - SPLIT)
/* One page of 4K each */
#define CMDQ_LOG2SIZE 8
#define EVENTQ_LOG2SIZE 7
#define NR_COMMANDS BIT(CMDQ_LOG2SIZE)
#define NR_EVENTS BIT(EVENTQ_LOG2SIZE)
/* Longest ranges, in pages; then all of the ASID. Without range commands: */
#define MAX_SINGLE 64
/* With them: each takes some of the bits, from the lowest one that is set. */
#define MAX_RANGE (MAX_NUM << MAX_SCALE)

/* Any will do that fits 8 bits: CD_ASET keeps it apart from the CPUs'. */
#define OUR_ASID 1

#define TIMEOUT_US (100 * USEC_PER_MSEC)

#define LEAF_BYTES (LEAF_STES * STE_WORDS * sizeof(__le64))

/* What the SMMU reads and writes: each aligned to its size (5.1, 3.5.1). */
struct tables {
	/* The stream's own neighbourhood, and every other's. */
	__le64 leaf[LEAF_STES][STE_WORDS] __aligned(LEAF_BYTES);
	__le64 others[LEAF_STES][STE_WORDS] __aligned(LEAF_BYTES);
	__le64 commands[NR_COMMANDS][2] __aligned(SZ_4K);
	__le64 events[NR_EVENTS][4] __aligned(SZ_4K);
	__le64 l1[L1_DESCRIPTORS] __aligned(SZ_2K);
	__le64 cd[CD_WORDS] __aligned(64);
};

static struct {
	void __iomem *regs;
	struct tables *tables;
	u32 sid;
	bool ranges; /* IDR3.RIL */
	u32 events_taken; /* EVENTQ_CONS without the overflow bit */
	raw_spinlock_t lock; /* the rest: the command queue, empty without it */
	u32 prod; /* CMDQ_PROD of the next command */
} smmu = { .lock = __RAW_SPIN_LOCK_UNLOCKED(smmu.lock) };

/* ---- what is there ------------------------------------------------------ */

/*
 * The node that the host bridge's iommu-map names for @pdev, with a reference,
 * and the stream ID in it. An entry is (first RID, phandle, first stream ID,
 * length): the SMMUv3 binding has one cell for the stream ID.
 */
static struct device_node *find_node(struct pci_dev *pdev, u32 *sid)
{
	enum { FIRST, PHANDLE, STREAM, LENGTH, CELLS };
	struct pci_bus *root = pdev->bus;
	u32 rid = pci_dev_id(pdev), mask, offset;
	const __be32 *map;
	int len;

	while (root->parent)
		root = root->parent;
	if (!of_property_read_u32(root->dev.of_node, "iommu-map-mask", &mask))
		rid &= mask;
	map = of_get_property(root->dev.of_node, "iommu-map", &len);
	if (!map)
		return NULL;
	for (len /= CELLS * sizeof(*map); len; len--, map += CELLS) {
		offset = rid - be32_to_cpu(map[FIRST]);
		if (offset >= be32_to_cpu(map[LENGTH]))
			continue;
		*sid = be32_to_cpu(map[STREAM]) + offset;
		return of_find_node_by_phandle(be32_to_cpu(map[PHANDLE]));
	}
	return NULL;
}

static bool is_driven(struct device_node *node)
{
	struct platform_device *owner = of_find_device_by_node(node);
	bool driven = owner && owner->dev.driver;

	if (owner)
		put_device(&owner->dev);
	return driven;
}

/* The end of RAM against IDR5.OAS: 32, 36, 40, 42, 44, 48, 52, 56 bits. */
static bool reaches_ram(u32 idr5)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };
	phys_addr_t last = virt_to_phys(high_memory - 1);

	return last >> bits[FIELD_GET(IDR5_OAS, idr5)] == 0;
}

/* Stream IDs that fit a leaf table make a linear table of it. */
static bool is_linear(u32 idr1)
{
	return FIELD_GET(IDR1_SIDSIZE, idr1) <= SPLIT;
}

static const char *missing_tables(void __iomem *regs, u32 sid)
{
	u32 idr0 = readl(regs + SMMU_IDR0), idr1 = readl(regs + SMMU_IDR1);

	if (!(idr0 & IDR0_COHACC))
		return "the SMMUv3 does not see the CPUs' caches (IDR0.COHACC)";
	if (!is_linear(idr1) && !FIELD_GET(IDR0_ST_LEVEL, idr0))
		return "the SMMUv3 has no 2-level stream tables (IDR0.ST_LEVEL)";
	if (sid >> min_t(u32, FIELD_GET(IDR1_SIDSIZE, idr1), SID_BITS))
		return "the device's stream ID is too long for the SMMUv3 (IDR1.SIDSIZE)";
	if (FIELD_GET(IDR1_CMDQS, idr1) < CMDQ_LOG2SIZE ||
	    FIELD_GET(IDR1_EVENTQS, idr1) < EVENTQ_LOG2SIZE)
		return "the SMMUv3's queues are too short (IDR1.CMDQS, EVENTQS)";
	return NULL;
}

/*
 * TCR_EL1.DS is LPA2's page table format, which 52-bit addresses with granules
 * of 4K and 16K take.
 */
static const char *missing_walk(void __iomem *regs)
{
	u32 idr0 = readl(regs + SMMU_IDR0), idr5 = readl(regs + SMMU_IDR5);
	u32 granule = BIT(IDR5_GRAN4K_SHIFT + PAGE_TG - 1);

	if (!(idr0 & IDR0_S1P))
		return "the SMMUv3 has no first stage (IDR0.S1P)";
	if (!(idr0 & IDR0_TTF_AARCH64))
		return "the SMMUv3 does not walk AArch64 tables (IDR0.TTF)";
	if (!(idr5 & granule))
		return "the SMMUv3 does not have this kernel's page size (IDR5.GRAN)";
	if (!reaches_ram(idr5))
		return "there is memory beyond the SMMUv3's output addresses (IDR5.OAS)";
	if (read_sysreg(tcr_el1) & CPU_DS)
		return "the SMMUv3 does not walk LPA2 page tables: needs a CPU without, as -cpu max,lpa2=off";
	return NULL;
}

static const char *missing_in(void __iomem *regs, u32 sid)
{
	const char *missing;

	if (readl(regs + SMMU_CR0))
		return "the SMMUv3 has been enabled by somebody else";
	missing = missing_tables(regs, sid);
	return missing ?: missing_walk(regs);
}

/* Maps the registers of the SMMU in front of @pdev, or says what is missing. */
static const char *map_smmu(struct pci_dev *pdev, void __iomem **regs, u32 *sid)
{
	struct device_node *node = find_node(pdev, sid);
	const char *missing;

	if (!of_device_is_compatible(node, "arm,smmu-v3")) {
		missing = "needs QEMU's SMMUv3: -machine virt,iommu=smmuv3";
		goto put;
	}
	if (is_driven(node)) {
		missing =
			"the kernel's own driver has the SMMUv3: boot with initcall_blacklist=arm_smmu_driver_init";
		goto put;
	}
	missing = "the SMMUv3's registers cannot be mapped";
	*regs = of_iomap(node, 0);
	if (!*regs)
		goto put;
	missing = missing_in(*regs, *sid);
	if (missing)
		iounmap(*regs);
put:
	of_node_put(node);
	return missing;
}

static const char *smmu_missing(struct pci_dev *pdev)
{
	void __iomem *regs;
	const char *missing;
	u32 sid;

	missing = map_smmu(pdev, &regs, &sid);
	if (!missing)
		iounmap(regs);
	return missing;
}

/* ---- commands: all under smmu.lock -------------------------------------- */

static void put_command(u64 word0, u64 word1)
{
	__le64 *slot = smmu.tables->commands[smmu.prod % NR_COMMANDS];

	slot[0] = cpu_to_le64(word0);
	slot[1] = cpu_to_le64(word1);
	/* The index and, above it, the wrap bit (3.5.1) */
	smmu.prod = (smmu.prod + 1) % (2 * NR_COMMANDS);
}

/*
 * Hands over what was put, and waits until a CMD_SYNC behind it is consumed:
 * then it is complete (4.7.3). writel() orders earlier stores, those to the
 * page tables included, before the doorbell.
 */
static int finish_commands(void)
{
	u32 cons;
	int err;

	put_command(CMD_SYNC, 0);
	writel(smmu.prod, smmu.regs + SMMU_CMDQ_PROD);
	err = readl_poll_timeout_atomic(smmu.regs + SMMU_CMDQ_CONS, cons,
					cons == smmu.prod, 1, TIMEOUT_US);
	if (err)
		stlb_hardware_err(
			"smmuv3: commands up to %#x not consumed: CMDQ_CONS %#x, GERROR %#x\n",
			smmu.prod, cons, readl(smmu.regs + SMMU_GERROR));
	return err;
}

/*
 * 4.4.1.1: with TG, (NUM + 1) * 2^SCALE pages; without, the one page. NUM and
 * SCALE both 0 with TG but no TTL is reserved, so one page goes without. No
 * Leaf: entries for tables go, too.
 */
static void put_tlbi(unsigned long addr, unsigned long num, unsigned long scale)
{
	u64 word0 = CMD_TLBI_NH_VA | FIELD_PREP(CMD_ASID, OUR_ASID);
	u64 word1 = addr;

	if (num << scale > 1) {
		word0 |= FIELD_PREP(CMD_NUM, num - 1) |
			 FIELD_PREP(CMD_SCALE, scale);
		word1 |= FIELD_PREP(CMD1_TG, PAGE_TG);
	}
	put_command(word0, word1);
}

/* @pages: at most MAX_RANGE, so that each turn takes one at least. */
static void put_tlbi_range(unsigned long addr, unsigned long pages)
{
	unsigned long num = 1, scale = 0;

	while (pages) {
		if (smmu.ranges) {
			scale = min(__ffs(pages), MAX_SCALE);
			num = pages >> scale & MAX_NUM;
		}
		put_tlbi(addr, num, scale);
		addr += num << scale << PAGE_SHIFT;
		pages -= num << scale;
	}
}

static void put_tlbi_all(void)
{
	put_command(CMD_TLBI_NH_ASID | FIELD_PREP(CMD_ASID, OUR_ASID), 0);
}

static int smmu_invalidate(unsigned long start, unsigned long end)
{
	unsigned long pages = PFN_UP(end) - PFN_DOWN(start);
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&smmu.lock, flags);
	if (end == ~0UL || pages > (smmu.ranges ? MAX_RANGE : MAX_SINGLE))
		put_tlbi_all();
	else
		put_tlbi_range(start & PAGE_MASK, pages);
	err = finish_commands();
	raw_spin_unlock_irqrestore(&smmu.lock, flags);
	return err;
}

/*
 * With EPD0 every TLB miss is a translation fault, and is recorded (5.4). Walks
 * under the old CD may fill the TLB until it is out of the caches: hence two
 * steps.
 */
static int smmu_release(void)
{
	__le64 *cd = smmu.tables->cd;
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&smmu.lock, flags);
	WRITE_ONCE(cd[0], cd[0] | cpu_to_le64(CD_EPD0));
	put_command(CMD_CFGI_CD | FIELD_PREP(CMD_SID, smmu.sid), CMD1_LEAF);
	err = finish_commands();
	put_tlbi_all();
	err = finish_commands() ?: err;
	raw_spin_unlock_irqrestore(&smmu.lock, flags);
	return err;
}

/* Forgets all configuration and every translation. */
static int forget_all(void)
{
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&smmu.lock, flags);
	put_command(CMD_CFGI_ALL, CFGI_ALL_RANGE);
	err = finish_commands();
	if (!err) {
		put_command(CMD_TLBI_NSNH_ALL, 0);
		err = finish_commands();
	}
	raw_spin_unlock_irqrestore(&smmu.lock, flags);
	return err;
}

/* ---- tables ------------------------------------------------------------- */

/* The walk as the CPU does it for user space. */
static void fill_cd(__le64 *cd, struct mm_struct *mm)
{
	u64 tcr = read_sysreg(tcr_el1);
	u64 oas = FIELD_GET(IDR5_OAS, readl(smmu.regs + SMMU_IDR5));
	/*
	 * 64K and 52-bit addresses (FEAT_LVA): the pgd's first 64 entries are
	 * the table for 48 bits, where mmap() stays unless told otherwise.
	 */
	u64 t0sz = max_t(u64, FIELD_GET(CPU_T0SZ, tcr), T0SZ_MIN);

	cd[0] = cpu_to_le64(
		CD_V | CD_AA64 | CD_EPD1 | CD_R | CD_A | CD_ASET |
		FIELD_PREP(CD_ASID, OUR_ASID) | FIELD_PREP(CD_T0SZ, t0sz) |
		FIELD_PREP(CD_TG0, FIELD_GET(CPU_TG0, tcr)) |
		FIELD_PREP(CD_IR0, FIELD_GET(CPU_IRGN0, tcr)) |
		FIELD_PREP(CD_OR0, FIELD_GET(CPU_ORGN0, tcr)) |
		FIELD_PREP(CD_SH0, FIELD_GET(CPU_SH0, tcr)) |
		FIELD_PREP(CD_IPS, min(FIELD_GET(CPU_IPS, tcr), oas)));
	cd[1] = cpu_to_le64(virt_to_phys(mm->pgd));
	cd[3] = cpu_to_le64(read_sysreg(mair_el1));
}

/* Every other device goes on as before: untranslated. */
static void fill_bypass(__le64 (*stes)[STE_WORDS])
{
	u32 i;

	for (i = 0; i < LEAF_STES; i++) {
		stes[i][0] = cpu_to_le64(STE_V |
					 FIELD_PREP(STE_CONFIG, CONFIG_BYPASS));
		stes[i][1] =
			cpu_to_le64(FIELD_PREP(STE1_SHCFG, SHCFG_INCOMING));
	}
}

static void fill_ste(__le64 *ste, phys_addr_t cd)
{
	ste[0] =
		cpu_to_le64(STE_V | FIELD_PREP(STE_CONFIG, CONFIG_STAGE1) | cd);
	ste[1] = cpu_to_le64(FIELD_PREP(STE1_S1CIR, CACHE_WB) |
			     FIELD_PREP(STE1_S1COR, CACHE_WB) |
			     FIELD_PREP(STE1_S1CSH, SHARE_INNER));
}

static void fill_l1(struct tables *t)
{
	u64 span = FIELD_PREP(L1_SPAN, SPLIT + 1);
	u32 i;

	for (i = 0; i < L1_DESCRIPTORS; i++)
		t->l1[i] = cpu_to_le64(virt_to_phys(t->others) | span);
	t->l1[smmu.sid >> SPLIT] = cpu_to_le64(virt_to_phys(t->leaf) | span);
}

static struct tables *make_tables(struct mm_struct *mm)
{
	struct page *pages;
	struct tables *t;

	pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(sizeof(*t)));
	if (!pages)
		return NULL;
	t = page_address(pages);
	fill_bypass(t->leaf);
	fill_bypass(t->others);
	fill_cd(t->cd, mm);
	fill_ste(t->leaf[smmu.sid % LEAF_STES], virt_to_phys(t->cd));
	fill_l1(t);
	return t;
}

/* ---- on and off --------------------------------------------------------- */

static int set_cr0(u32 cr0)
{
	u32 ack;
	int err;

	writel(cr0, smmu.regs + SMMU_CR0);
	err = readl_poll_timeout_atomic(smmu.regs + SMMU_CR0ACK, ack,
					ack == cr0, 1, TIMEOUT_US);
	if (err)
		stlb_hardware_err(
			"smmuv3: CR0 %#x not acknowledged: CR0ACK %#x\n", cr0,
			ack);
	return err;
}

static void set_stream_table(void)
{
	u32 idr1 = readl(smmu.regs + SMMU_IDR1);
	u32 bits = min_t(u32, FIELD_GET(IDR1_SIDSIZE, idr1), SID_BITS);
	u32 cfg = FIELD_PREP(STRTAB_LOG2SIZE, bits);
	void *base = smmu.tables->l1;

	if (is_linear(idr1))
		base = smmu.tables->leaf;
	else
		cfg |= STRTAB_2LEVEL | FIELD_PREP(STRTAB_SPLIT, SPLIT);
	writeq(virt_to_phys(base) | BASE_ALLOCATE,
	       smmu.regs + SMMU_STRTAB_BASE);
	writel(cfg, smmu.regs + SMMU_STRTAB_BASE_CFG);
}

static void set_queue(void *base, u64 log2size, u32 base_at, u32 prod_at,
		      u32 cons_at)
{
	writeq(virt_to_phys(base) | BASE_ALLOCATE |
		       FIELD_PREP(BASE_LOG2SIZE, log2size),
	       smmu.regs + base_at);
	writel(0, smmu.regs + prod_at);
	writel(0, smmu.regs + cons_at);
}

/* All while CR0 is 0, when all of these can be written (6.3). */
static void set_registers(void)
{
	writel(readl(smmu.regs + SMMU_GERROR), smmu.regs + SMMU_GERRORN);
	writel(CR1_WB, smmu.regs + SMMU_CR1);
	writel(CR2_RECINVSID | CR2_PTM, smmu.regs + SMMU_CR2);
	set_stream_table();
	set_queue(smmu.tables->commands, CMDQ_LOG2SIZE, SMMU_CMDQ_BASE,
		  SMMU_CMDQ_PROD, SMMU_CMDQ_CONS);
	set_queue(smmu.tables->events, EVENTQ_LOG2SIZE, SMMU_EVENTQ_BASE,
		  SMMU_EVENTQ_PROD, SMMU_EVENTQ_CONS);
	smmu.prod = 0;
	smmu.events_taken = 0;
	smmu.ranges = readl(smmu.regs + SMMU_IDR3) & IDR3_RIL;
}

static int enable(void)
{
	int err;

	set_registers();
	err = set_cr0(CR0_CMDQEN);
	if (!err)
		err = forget_all();
	if (!err)
		err = set_cr0(CR0_CMDQEN | CR0_EVENTQEN);
	if (!err)
		err = set_cr0(CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
	return err;
}

/* With CR0 0 nothing but GBPR has any effect: back to bypass, as found. */
static int disable(void)
{
	int err;

	err = set_cr0(CR0_CMDQEN);
	if (!err)
		err = forget_all();
	return set_cr0(0) ?: err;
}

static void smmu_detach(void)
{
	/* An SMMU that does not let go keeps its tables. */
	if (!disable())
		__free_pages(virt_to_page(smmu.tables),
			     get_order(sizeof(*smmu.tables)));
	smmu.tables = NULL;
	iounmap(smmu.regs);
}

static int smmu_attach(struct mm_struct *mm, struct pci_dev *pdev)
{
	int err;

	if (map_smmu(pdev, &smmu.regs, &smmu.sid))
		return -ENODEV;
	smmu.tables = make_tables(mm);
	if (!smmu.tables) {
		iounmap(smmu.regs);
		return -ENOMEM;
	}
	err = enable();
	if (err)
		smmu_detach();
	return err;
}

/* ---- faults ------------------------------------------------------------- */

/*
 * Of the stream's own. A full queue loses what comes next (7.4): the number is
 * then too small, and @last not the newest.
 */
static unsigned int smmu_faults(struct stlb_iommu_fault *last)
{
	u32 prod = readl(smmu.regs + SMMU_EVENTQ_PROD);
	u32 overflow = prod & EVENTQ_OVERFLOW;
	unsigned int nr = 0;
	const __le64 *event;

	while (smmu.events_taken != (prod & ~EVENTQ_OVERFLOW)) {
		event = smmu.tables->events[smmu.events_taken % NR_EVENTS];
		smmu.events_taken = (smmu.events_taken + 1) % (2 * NR_EVENTS);
		if (FIELD_GET(EVENT_SID, le64_to_cpu(event[0])) != smmu.sid)
			continue;
		last->code = FIELD_GET(EVENT_TYPE, le64_to_cpu(event[0]));
		last->address = le64_to_cpu(event[EVENT_ADDRESS_WORD]);
		nr++;
	}
	writel(smmu.events_taken | overflow, smmu.regs + SMMU_EVENTQ_CONS);
	return nr;
}

/* All else means that nothing could be translated. */
static u32 smmu_kind_of_fault(u32 code)
{
	return code == F_PERMISSION ? STLB_FAULT_PERMISSION :
				      STLB_FAULT_TRANSLATION;
}

static const struct stlb_iommu_ops smmu_ops = {
	.name = "smmuv3",
	.profile = STLB_SMMUV3,
	.missing = smmu_missing,
	.attach = smmu_attach,
	.detach = smmu_detach,
	.invalidate = smmu_invalidate,
	.release = smmu_release,
	.faults = smmu_faults,
	.kind_of_fault = smmu_kind_of_fault,
};

const struct stlb_iommu_ops *const stlb_iommu = &smmu_ops;
const char *const stlb_no_iommu;

const struct stlb_snoop_ops *const stlb_snoop;
const char *const stlb_no_snoop =
	"TLBI instructions leave no trace that a module could hear";
