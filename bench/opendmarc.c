/* SPDX-License-Identifier: BSD-2-Clause */
/* libopendmarc, with its fake records as the DNS, and the public suffix list that it finds Organizational Domains by. */
#include "bench.h"

#include <opendmarc/dmarc.h>
#include <stdio.h>
#include <string.h>

static OPENDMARC_LIB_T library;
static u_char domain[] = DOMAIN, client_ip[] = CLIENT_IP, selector[] = "rsa";

void opendmarc_init(void)
{
    library.tld_type = OPENDMARC_TLD_TYPE_MOZILLA;
    snprintf((char *)library.tld_source_file, sizeof library.tld_source_file, "%s",
             "/usr/share/publicsuffix/public_suffix_list.dat");
    if (opendmarc_policy_library_init(&library) != DMARC_PARSE_OKAY)
        give_up("libopendmarc", "does not start");
    for (size_t i = 0; i < world.record_n; i++)
        if (strncmp(world.records[i].name_z, "_dmarc.", 7) == 0)
            opendmarc_dns_fake_record(world.records[i].name_z, world.records[i].text_z);
}

void opendmarc_check(const struct job *job)
{
    u_char sender[256] = DOMAIN;
    if (job->sender)
        snprintf((char *)sender, sizeof sender, "%s", job->sender);
    int dkim = 0, spf = 0;
    DMARC_POLICY_T *p = opendmarc_policy_connect_init(client_ip, DMARC_POLICY_IP_TYPE_IPV4);
    opendmarc_policy_store_from_domain(p, domain);
    opendmarc_policy_store_spf(p, sender, DMARC_POLICY_SPF_OUTCOME_PASS, DMARC_POLICY_SPF_ORIGIN_MAILFROM,
                               NULL);
    opendmarc_policy_store_dkim(p, domain, selector, DMARC_POLICY_DKIM_OUTCOME_PASS, NULL);
    if (opendmarc_policy_query_dmarc(p, domain) != DMARC_PARSE_OKAY)
        give_up("libopendmarc", "finds no record");
    if (opendmarc_get_policy_to_enforce(p) != DMARC_POLICY_PASS)
        give_up("libopendmarc", "does not pass");
    opendmarc_policy_fetch_alignment(p, &dkim, &spf);
    if (dkim != DMARC_POLICY_DKIM_ALIGNMENT_PASS || spf != DMARC_POLICY_SPF_ALIGNMENT_PASS)
        give_up("libopendmarc", "an identifier is not aligned");
    opendmarc_policy_connect_shutdown(p);
}

/* The usual chain: three libraries for one message. */
void peers_whole(const struct job *job)
{
    spf2_check(job);
    opendkim_verify(job);
    opendmarc_check(job);
}
