/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/sandbox_calls.h"

const int sandbox_build_calls[] = {-1};
