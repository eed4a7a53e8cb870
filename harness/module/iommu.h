/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What arch/ARCH/iommu.c gives: the machine's IOMMU, driven by nobody else, and
 * the ear for the CPUs' own broadcast TLB maintenance. Either may be missing on
 * an architecture; the reason is then a line for the user.
 *
 * What the hardware does not do as it is told is said in the kernel's log, by
 * stlb_hardware_err(): the runner judges nothing from there on.
 */
#ifndef _STLB_IOMMU_H
#define _STLB_IOMMU_H

#include <linux/mm_types.h>
#include <linux/pci.h>
#include <linux/printk.h>

/* harness/host/console.c knows the line by its beginning. */
#define stlb_hardware_err(fmt, ...) \
	pr_err_ratelimited("stlb: " fmt, ##__VA_ARGS__)

struct stlb_iommu_fault {
	u32 code; /* the hardware's: SMMUv3 event number, VT-d fault reason */
	u64 address; /* as the device put it on the bus */
};

/*
 * One IOMMU, one PCI function behind it, one mm at a time: the caller
 * serialises all of these but invalidate().
 */
struct stlb_iommu_ops {
	const char *name; /* "smmuv3" */
	u32 profile; /* the one profile that it plays, enum stlb_profile */
	/*
	 * Is there such an IOMMU in front of @pdev, free, and can it walk this
	 * kernel's page tables? NULL, or what is missing: one line, static. May
	 * sleep; changes nothing.
	 */
	const char *(*missing)(struct pci_dev *pdev);
	/*
	 * Points the IOMMU's first stage for @pdev at @mm's page tables, TLB
	 * empty. The caller holds mm_count and knows the mm to be alive. May
	 * sleep. 0 or -errno, and then nothing is left behind.
	 */
	int (*attach)(struct mm_struct *mm, struct pci_dev *pdev);
	/*
	 * Ends all translation, and leaves device and IOMMU as found, memory
	 * freed. May sleep.
	 */
	void (*detach)(void);
	/*
	 * Invalidates [start, end), @end ~0UL: all, and waits until that is
	 * complete: 0, or -ETIMEDOUT. Between attach and detach, from any context
	 * but NMI, with spinlocks held, from several CPUs at once; never sleeps.
	 */
	int (*invalidate)(unsigned long start, unsigned long end);
	/*
	 * The mm is about to go: no access translates from here on, cached or
	 * not. Context and result as invalidate(). detach() still follows.
	 */
	int (*release)(void);
	/*
	 * Takes the fault records there are off the hardware: how many since
	 * the last call, and in @last, if any, the newest. May sleep.
	 */
	unsigned int (*faults)(struct stlb_iommu_fault *last);
	/* What one of its codes means: enum stlb_fault. */
	u32 (*kind_of_fault)(u32 code);
};

/* NULL where QEMU emulates none; stlb_no_iommu then says so. */
extern const struct stlb_iommu_ops *const stlb_iommu;
extern const char *const stlb_no_iommu;

/* Embedded in whoever listens. */
struct stlb_snoop {
	struct mm_struct *mm;
	/* [start, end) of @mm; @end ~0UL: all. Context as invalidate() */
	void (*tell)(struct stlb_snoop *snoop, unsigned long start,
		     unsigned long end);
};

struct stlb_snoop_ops {
	/* NULL, or what is missing: one line, static. */
	const char *(*missing)(void);
	/*
	 * Hears each broadcast for @snoop->mm from here on. With @copro the
	 * kernel is made to count one coprocessor on the mm, so that it
	 * broadcasts at all. The mm is alive and is the caller's. May sleep.
	 */
	int (*start)(struct stlb_snoop *snoop, bool copro);
	/* Hears nothing more when it returns. May sleep. */
	void (*stop)(struct stlb_snoop *snoop, bool copro);
};

/* NULL where broadcasts leave no trace; stlb_no_snoop then says so. */
extern const struct stlb_snoop_ops *const stlb_snoop;
extern const char *const stlb_no_snoop;

#endif /* _STLB_IOMMU_H */
