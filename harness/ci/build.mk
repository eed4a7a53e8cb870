# SPDX-License-Identifier: GPL-2.0-only
#
#	make mutants TREE=DIR [ARCH=A,...] [ONLY="PATCH..."] [TESTS=named] [OUT=DIR]
#				does each mutant fail what it must? See mutants.sh

mutants: guest host
	@harness/ci/mutants.sh --tree "$(TREE)" $(if $(ARCH),--arch "$(ARCH)") $(if $(filter named,$(TESTS)),--named) \
		$(if $(OUT),--out "$(OUT)") $(ONLY)

.PHONY: mutants
