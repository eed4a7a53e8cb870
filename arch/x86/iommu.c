// SPDX-License-Identifier: GPL-2.0-only
/*
 * VT-d in scalable mode with first-stage translation, as QEMU emulates it.
 * "VT-d" is Intel's specification, D51397, revision 5.10.
 *
 * The device makes requests without PASID, which the context entry's RID_PASID,
 * 0, maps to entry 0 of its PASID table. Every other function passes through
 * untranslated, so that attaching costs nobody else a transfer.
 *
 * Not there in QEMU, and so not done here: write-buffer flushes, and flushing
 * tables out of the CPU's caches.
 */

#include <linux/acpi.h>
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/log2.h>
#include <linux/pci.h>
#include <linux/pgtable.h>
#include <linux/sizes.h>

#include <linux/stlb.h>

#include "iommu.h"

/* Registers: VT-d 11.4 */
#define VTD_CAP 0x08
#define CAP_FL5LP BIT_ULL(60)
#define CAP_NFR GENMASK_ULL(47, 40)
#define CAP_FRO GENMASK_ULL(33, 24)
#define VTD_ECAP 0x10
#define ECAP_FSTS BIT_ULL(47)
#define ECAP_SMTS BIT_ULL(43)
#define ECAP_PT BIT_ULL(6)
#define ECAP_QI BIT_ULL(1)
#define VTD_GCMD 0x18
#define VTD_GSTS 0x1c
/* A command and its status have the same bit. */
#define GCMD_TE BIT(31)
#define GCMD_SRTP BIT(30)
#define GCMD_QIE BIT(26)
#define GCMD_IRE BIT(25)
/* Commands that are over when done: SRTP, SFL, WBF, SIRTP */
#define GCMD_ONE_SHOT (GCMD_SRTP | BIT(29) | BIT(27) | BIT(24))
#define VTD_RTADDR 0x20
#define RTADDR_SCALABLE BIT_ULL(10)
#define VTD_FSTS 0x34
#define FSTS_FRI GENMASK(15, 8)
#define FSTS_PFO BIT(0)
#define VTD_IQT 0x88
#define IQT_SHIFT 5 /* of 256-bit descriptors */
#define VTD_IQA 0x90
#define IQA_256_BIT BIT_ULL(11)

/* Fault recording registers, of 16 bytes; CAP.FRO counts in those as well. */
#define FRCD_SIZE 16
#define FRCD_HIGH 8
#define FRCD_F BIT_ULL(63)
#define FRCD_FR GENMASK_ULL(39, 32)
#define FR_NO_WRITE 0x85 /* first stage, the entry is read-only */

/* Table entries: VT-d 9.2, 9.4 to 9.6 */
#define ENTRY_PRESENT BIT_ULL(0)
#define PASID_AW GENMASK_ULL(4, 2)
#define AW_4_LEVELS 2
#define AW_5_LEVELS 3
#define PASID_PGTT GENMASK_ULL(8, 6)
#define PGTT_FIRST_STAGE 1
#define PGTT_PASS_THROUGH 4
#define PASID_FLPM GENMASK_ULL(3, 2) /* in the third quadword */
#define FLPM_4_LEVELS 0
#define FLPM_5_LEVELS 1
#define PASID_NXE BIT_ULL(5)

/* Domains are ours to number; 0 is reserved in caching mode. */
#define DOMAIN_DEVICE 1
#define DOMAIN_OTHERS 2

/* Invalidation descriptors: VT-d 6.5.2.1 to 6.5.2.4, and wait, 6.5.2.8 */
#define DESC_CONTEXT 1
#define DESC_IOTLB 2
#define DESC_WAIT 5
#define DESC_P_IOTLB 6
#define DESC_PASID 7
#define DESC_GRANULARITY GENMASK_ULL(5, 4)
#define CONTEXT_GLOBAL 1
#define IOTLB_GLOBAL 1
#define P_IOTLB_ALL 2
#define P_IOTLB_PAGES 3
#define PASID_ONE 1
#define PASID_GLOBAL 3
#define DESC_DOMAIN GENMASK_ULL(31, 16)
#define IOTLB_DRAIN (BIT_ULL(7) | BIT_ULL(6)) /* reads and writes */
#define WAIT_STATUS_WRITE BIT_ULL(5)
#define WAIT_DATA GENMASK_ULL(63, 32)

#define QUEUE_LENGTH 128
/* Longer ranges are not worth their descriptors: all of the PASID goes. */
#define RANGE_MAX (512 * PAGE_SIZE)

#define POLL_US 1
#define TIMEOUT_US USEC_PER_SEC

#define NEEDS                                                             \
	"needs QEMU 10.0 or newer, -device intel-iommu with first-stage " \
	"translation (x-scalable-mode=on,x-flts=on; from 11.1 "           \
	"scalable-mode=on,fsts=on)"

/* What the hardware reads and writes: each array is one page, for alignment. */
struct vtd_tables {
	u64 root[256][2]; /* by bus; device 0..15, 16..31 */
	u64 context[128][4]; /* by device and function */
	u64 directory[512];
	u64 pasid[64][8];
	u64 others_context[128][4];
	u64 others_directory[512];
	u64 others_pasid[64][8];
	u64 queue[QUEUE_LENGTH][4];
	u32 done; /* a wait descriptor's status */
};

static_assert(offsetof(struct vtd_tables, done) == 8 * SZ_4K);

struct vtd_unit {
	u64 address; /* of the registers */
	u64 cap;
	u64 ecap;
	u32 status; /* GSTS */
};

static struct vtd {
	void __iomem *regs;
	u64 cap;
	struct vtd_tables *tables;
	raw_spinlock_t lock; /* of the queue: ->tail, ->tables->queue, ->done */
	unsigned int tail;
} vtd = { .lock = __RAW_SPIN_LOCK_UNLOCKED(vtd.lock) };

/* ---- is there one? ------------------------------------------------------ */

/* QEMU's machine has one unit, and all functions behind it. */
static u64 find_in(const struct acpi_table_header *dmar, u16 segment)
{
	const void *entry = (const struct acpi_table_dmar *)dmar + 1;
	const void *end = (const void *)dmar + dmar->length;

	while (end - entry >= (long)sizeof(struct acpi_dmar_hardware_unit)) {
		const struct acpi_dmar_hardware_unit *unit = entry;

		if (unit->header.type == ACPI_DMAR_TYPE_HARDWARE_UNIT &&
		    unit->segment == segment)
			return unit->address;
		if (!unit->header.length)
			break;
		entry += unit->header.length;
	}
	return 0;
}

static u64 find_unit(u16 segment)
{
	struct acpi_table_header *dmar;
	u64 address;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_DMAR, 0, &dmar)))
		return 0;
	address = find_in(dmar, segment);
	acpi_put_table(dmar);
	return address;
}

static bool look_at(struct pci_dev *pdev, struct vtd_unit *unit)
{
	void __iomem *regs;

	unit->address = find_unit(pci_domain_nr(pdev->bus));
	if (!unit->address)
		return false;
	regs = ioremap(unit->address, SZ_4K);
	if (!regs)
		return false;
	unit->cap = readq(regs + VTD_CAP);
	unit->ecap = readq(regs + VTD_ECAP);
	unit->status = readl(regs + VTD_GSTS);
	iounmap(regs);
	return true;
}

static const char *unit_missing(const struct vtd_unit *unit)
{
	const u64 needed = ECAP_FSTS | ECAP_SMTS | ECAP_QI;

	if ((unit->ecap & needed) != needed)
		return NEEDS;
	if (!(unit->ecap & ECAP_PT))
		return "needs pass-through for the other devices: -device intel-iommu,pt=on";
	if (unit->status & GCMD_TE)
		return "the kernel's own driver has the IOMMU: boot with intel_iommu=off";
	if (unit->status & (GCMD_IRE | GCMD_QIE))
		return "the kernel remaps interrupts by the IOMMU: boot with intremap=off";
	if (pgtable_l5_enabled() && !(unit->cap & CAP_FL5LP))
		return "walks 4 levels of page tables, the kernel has 5: boot with no5lvl or -cpu ...,la57=off";
	return NULL;
}

static const char *vtd_missing(struct pci_dev *pdev)
{
	struct vtd_unit unit;

	return look_at(pdev, &unit) ? unit_missing(&unit) : NEEDS;
}

/* ---- invalidation queue ------------------------------------------------- */

/* Callers hold ->lock, and add no more than fits before they run it. */
static void queue_add(u64 low, u64 high)
{
	u64 *desc = vtd.tables->queue[vtd.tail];

	desc[0] = low;
	desc[1] = high;
	vtd.tail = (vtd.tail + 1) % QUEUE_LENGTH;
}

/*
 * Has what was added carried out. Descriptors between two waits have no order
 * among themselves (VT-d 6.5.2.12): what must come first is run on its own.
 */
static int queue_run(void)
{
	u32 *done = &vtd.tables->done, value;
	int err;

	WRITE_ONCE(*done, 0);
	queue_add(DESC_WAIT | WAIT_STATUS_WRITE | FIELD_PREP(WAIT_DATA, 1),
		  virt_to_phys(done));
	writeq((u64)vtd.tail << IQT_SHIFT, vtd.regs + VTD_IQT);
	err = read_poll_timeout_atomic(READ_ONCE, value, value, POLL_US,
				       TIMEOUT_US, false, *done);
	if (err)
		stlb_hardware_err(
			"VT-d: an invalidation did not complete, fault status %#x\n",
			readl(vtd.regs + VTD_FSTS));
	return err;
}

static int queue_run_one(u64 low)
{
	queue_add(low, 0);
	return queue_run();
}

static u64 queue_descriptor(u64 type, u64 granularity)
{
	return type | FIELD_PREP(DESC_GRANULARITY, granularity) |
	       FIELD_PREP(DESC_DOMAIN, DOMAIN_DEVICE);
}

/* In the order that follows a new root table: VT-d 6.5.3.3 */
static int invalidate_everything(void)
{
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&vtd.lock, flags);
	err = queue_run_one(queue_descriptor(DESC_CONTEXT, CONTEXT_GLOBAL));
	if (!err)
		err = queue_run_one(queue_descriptor(DESC_PASID, PASID_GLOBAL));
	if (!err)
		err = queue_run_one(queue_descriptor(DESC_IOTLB, IOTLB_GLOBAL) |
				    IOTLB_DRAIN);
	raw_spin_unlock_irqrestore(&vtd.lock, flags);
	return err;
}

/* Exactly [start, end), in naturally aligned powers of two. */
static void queue_range(unsigned long start, unsigned long end)
{
	const u64 low = queue_descriptor(DESC_P_IOTLB, P_IOTLB_PAGES);

	while (start < end) {
		unsigned int shift = min_t(unsigned int, ilog2(end - start),
					   __ffs(start | RANGE_MAX));

		queue_add(low, start | (shift - PAGE_SHIFT));
		start += 1UL << shift;
	}
}

static int vtd_invalidate(unsigned long start, unsigned long end)
{
	bool all = end == ~0UL || end - start > RANGE_MAX;
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&vtd.lock, flags);
	if (all)
		queue_add(queue_descriptor(DESC_P_IOTLB, P_IOTLB_ALL), 0);
	else
		queue_range(start & PAGE_MASK, PAGE_ALIGN(end));
	err = queue_run();
	raw_spin_unlock_irqrestore(&vtd.lock, flags);
	return err;
}

/* P from 1 to 0: VT-d 6.5.3.3 */
static int vtd_release(void)
{
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&vtd.lock, flags);
	WRITE_ONCE(vtd.tables->pasid[0][0], 0);
	err = queue_run_one(queue_descriptor(DESC_PASID, PASID_ONE));
	err = queue_run_one(queue_descriptor(DESC_P_IOTLB, P_IOTLB_ALL)) ?: err;
	raw_spin_unlock_irqrestore(&vtd.lock, flags);
	return err;
}

/* ---- faults ------------------------------------------------------------- */

static void __iomem *fault_record(unsigned int index)
{
	return vtd.regs + (FIELD_GET(CAP_FRO, vtd.cap) + index) * FRCD_SIZE;
}

static unsigned int vtd_faults(struct stlb_iommu_fault *last)
{
	unsigned int nr = FIELD_GET(CAP_NFR, vtd.cap) + 1, taken;
	u32 status = readl(vtd.regs + VTD_FSTS);

	for (taken = 0; taken < nr; taken++) {
		void __iomem *record = fault_record(
			(FIELD_GET(FSTS_FRI, status) + taken) % nr);
		u64 high = readq(record + FRCD_HIGH);

		if (!(high & FRCD_F))
			break;
		last->code = FIELD_GET(FRCD_FR, high);
		last->address = readq(record);
		writeq(FRCD_F, record + FRCD_HIGH);
	}
	/* Also withdraws the pending interrupt of the records taken. */
	writel(FSTS_PFO, vtd.regs + VTD_FSTS);
	return taken;
}

static u32 vtd_kind_of_fault(u32 code)
{
	return code == FR_NO_WRITE ? STLB_FAULT_PERMISSION :
				     STLB_FAULT_TRANSLATION;
}

/* ---- tables ------------------------------------------------------------- */

static void fill_others(struct vtd_tables *t)
{
	unsigned int i;

	/* One context table for every bus */
	for (i = 0; i < ARRAY_SIZE(t->root); i++)
		t->root[i][0] = t->root[i][1] =
			virt_to_phys(t->others_context) | ENTRY_PRESENT;
	for (i = 0; i < ARRAY_SIZE(t->others_context); i++)
		t->others_context[i][0] = virt_to_phys(t->others_directory) |
					  ENTRY_PRESENT;
	t->others_directory[0] = virt_to_phys(t->others_pasid) | ENTRY_PRESENT;
	t->others_pasid[0][0] = ENTRY_PRESENT |
				FIELD_PREP(PASID_AW, AW_4_LEVELS) |
				FIELD_PREP(PASID_PGTT, PGTT_PASS_THROUGH);
	t->others_pasid[0][1] = DOMAIN_OTHERS;
}

static void fill_device(struct vtd_tables *t, const struct pci_dev *pdev)
{
	const unsigned int half = ARRAY_SIZE(t->context);

	memcpy(t->context, t->others_context, sizeof(t->context));
	t->root[pdev->bus->number][pdev->devfn / half] =
		virt_to_phys(t->context) | ENTRY_PRESENT;
	t->context[pdev->devfn % half][0] = virt_to_phys(t->directory) |
					    ENTRY_PRESENT;
	t->directory[0] = virt_to_phys(t->pasid) | ENTRY_PRESENT;
}

/*
 * VT-d 9.6 has FLPM for the levels of the first stage, and AW for those of the
 * second; QEMU takes AW for both.
 */
static void fill_pasid(struct vtd_tables *t, const struct mm_struct *mm)
{
	bool five = pgtable_l5_enabled();

	t->pasid[0][0] = ENTRY_PRESENT |
			 FIELD_PREP(PASID_PGTT, PGTT_FIRST_STAGE) |
			 FIELD_PREP(PASID_AW, five ? AW_5_LEVELS : AW_4_LEVELS);
	t->pasid[0][1] = DOMAIN_DEVICE;
	t->pasid[0][2] =
		virt_to_phys(mm->pgd) | PASID_NXE |
		FIELD_PREP(PASID_FLPM, five ? FLPM_5_LEVELS : FLPM_4_LEVELS);
}

/* ---- on and off --------------------------------------------------------- */

static int vtd_command(u32 bit, bool on)
{
	u32 status = readl(vtd.regs + VTD_GSTS) & ~GCMD_ONE_SHOT;
	int err;

	writel(on ? status | bit : status & ~bit, vtd.regs + VTD_GCMD);
	err = readl_poll_timeout(vtd.regs + VTD_GSTS, status,
				 !(status & bit) == !on, POLL_US, TIMEOUT_US);
	if (err)
		stlb_hardware_err("VT-d: command %#x did not turn %s\n", bit,
				  on ? "on" : "off");
	return err;
}

static int vtd_set_root(u64 value)
{
	writeq(value, vtd.regs + VTD_RTADDR);
	return vtd_command(GCMD_SRTP, true);
}

static int vtd_turn_on(void)
{
	struct stlb_iommu_fault older;
	int err;

	vtd.tail = 0;
	writeq(0, vtd.regs + VTD_IQT);
	writeq(virt_to_phys(vtd.tables->queue) | IQA_256_BIT,
	       vtd.regs + VTD_IQA);
	err = vtd_command(GCMD_QIE, true);
	if (!err)
		err = vtd_set_root(virt_to_phys(vtd.tables->root) |
				   RTADDR_SCALABLE);
	if (!err)
		err = invalidate_everything();
	vtd_faults(&older);
	return err ? err : vtd_command(GCMD_TE, true);
}

/* An error means that the hardware may still read the tables. */
static int vtd_turn_off(void)
{
	int err = vtd_command(GCMD_TE, false);

	if (!err)
		err = vtd_set_root(0);
	if (err)
		return err;
	invalidate_everything();
	err = vtd_command(GCMD_QIE, false);
	if (err)
		return err;
	writeq(0, vtd.regs + VTD_IQT);
	writeq(0, vtd.regs + VTD_IQA);
	return 0;
}

/* With all fault records, wherever CAP says that they are */
static void __iomem *vtd_map(const struct vtd_unit *unit)
{
	u64 end = (FIELD_GET(CAP_FRO, unit->cap) +
		   FIELD_GET(CAP_NFR, unit->cap) + 1) *
		  FRCD_SIZE;

	return ioremap(unit->address, max_t(u64, end, SZ_4K));
}

static void vtd_put(bool tables_unused)
{
	if (tables_unused)
		free_pages((unsigned long)vtd.tables,
			   get_order(sizeof(*vtd.tables)));
	vtd.tables = NULL;
	iounmap(vtd.regs);
	vtd.regs = NULL;
}

static int vtd_get(const struct vtd_unit *unit)
{
	vtd.cap = unit->cap;
	vtd.regs = vtd_map(unit);
	if (!vtd.regs)
		return -ENOMEM;
	vtd.tables = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					      get_order(sizeof(*vtd.tables)));
	if (vtd.tables)
		return 0;
	iounmap(vtd.regs);
	vtd.regs = NULL;
	return -ENOMEM;
}

static int vtd_attach(struct mm_struct *mm, struct pci_dev *pdev)
{
	struct vtd_unit unit;
	int err;

	if (!look_at(pdev, &unit) || unit_missing(&unit))
		return -ENODEV;
	err = vtd_get(&unit);
	if (err)
		return err;
	fill_others(vtd.tables);
	fill_device(vtd.tables, pdev);
	fill_pasid(vtd.tables, mm);
	err = vtd_turn_on();
	if (err)
		vtd_put(!vtd_turn_off());
	return err;
}

static void vtd_detach(void)
{
	vtd_release();
	vtd_put(!vtd_turn_off());
}

static const struct stlb_iommu_ops vtd_ops = {
	.name = "vtd",
	.profile = STLB_VTD,
	.missing = vtd_missing,
	.attach = vtd_attach,
	.detach = vtd_detach,
	.invalidate = vtd_invalidate,
	.release = vtd_release,
	.faults = vtd_faults,
	.kind_of_fault = vtd_kind_of_fault,
};

const struct stlb_iommu_ops *const stlb_iommu = &vtd_ops;
const char *const stlb_no_iommu;

const struct stlb_snoop_ops *const stlb_snoop;
const char *const stlb_no_snoop =
	"x86 CPUs flush each other's TLBs by interrupt: nothing is broadcast on a bus";
