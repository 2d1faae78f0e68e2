/* SPDX-License-Identifier: BSD-2-Clause */
#include "verdict/version.h"
#include <ingam/ingam.h>

const char *ingam_version(void)
{
    return INGAM_VERSION;
}

/* A fresh site observes; one that enforces treats p=reject as quarantine unless it says otherwise.   [RFC9989 7.4] */
void ingam_config_default(struct ingam_config *config)
{
    *config = (struct ingam_config){
        .policy = {.mode = INGAM_OBSERVE,
                   .on_reject = INGAM_QUARANTINE,
                   .on_quarantine = INGAM_QUARANTINE,
                   .on_temperror = INGAM_DEFER,
                   .on_no_author = INGAM_REJECT},
    };
    ingam_limits_default(&config->limits);
}
