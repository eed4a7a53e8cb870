// SPDX-License-Identifier: GPL-2.0-only

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/pci.h>

#include "edu.h"
#include "iommu.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

/* Registers in BAR 0 */
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_DESTINATION 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_RUN 1
#define EDU_DMA_TO_MEMORY 2

/* Where its buffer is in the device's own address space */
#define EDU_BUFFER_ADDRESS 0x40000

/* A copy takes 100 ms of the machine's time; one long sleep costs least. */
#define EDU_COPY_MS 101
#define EDU_POLL_US 1000
#define EDU_TIMEOUT_US (10 * USEC_PER_SEC)

struct stlb_edu {
	struct pci_dev *pdev;
	void __iomem *regs;
};

static struct stlb_edu the_edu;

struct stlb_edu *stlb_edu_get(const char **missing)
{
	struct stlb_edu *edu = &the_edu;

	edu->pdev = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
	if (!edu->pdev) {
		*missing =
			"needs QEMU's edu device: -device edu,dma_mask=0xffffffffffffffff";
		return NULL;
	}
	*missing = "the edu device cannot be enabled, or a driver owns it";
	if (edu->pdev->driver || pci_enable_device_mem(edu->pdev))
		goto put;
	edu->regs = pci_iomap(edu->pdev, 0, 0);
	if (!edu->regs)
		goto disable;
	pci_set_master(edu->pdev);
	*missing = NULL;
	return edu;

disable:
	pci_disable_device(edu->pdev);
put:
	pci_dev_put(edu->pdev);
	return NULL;
}

void stlb_edu_put(struct stlb_edu *edu)
{
	pci_clear_master(edu->pdev);
	pci_iounmap(edu->pdev, edu->regs);
	pci_disable_device(edu->pdev);
	pci_dev_put(edu->pdev);
}

struct pci_dev *stlb_edu_pci(const struct stlb_edu *edu)
{
	return edu->pdev;
}

int stlb_edu_copy(struct stlb_edu *edu, u64 bus, u32 len, bool to_memory)
{
	u64 command = EDU_DMA_RUN;
	int err;

	if (to_memory)
		command |= EDU_DMA_TO_MEMORY;
	writeq(to_memory ? EDU_BUFFER_ADDRESS : bus,
	       edu->regs + EDU_DMA_SOURCE);
	writeq(to_memory ? bus : EDU_BUFFER_ADDRESS,
	       edu->regs + EDU_DMA_DESTINATION);
	writeq(len, edu->regs + EDU_DMA_COUNT);
	writeq(command, edu->regs + EDU_DMA_COMMAND);
	msleep(EDU_COPY_MS);
	err = read_poll_timeout(ioread32, command, !(command & EDU_DMA_RUN),
				EDU_POLL_US, EDU_TIMEOUT_US, false,
				edu->regs + EDU_DMA_COMMAND);
	if (err)
		stlb_hardware_err("edu: a copy does not end, command %#llx\n",
				  command);
	return err;
}
