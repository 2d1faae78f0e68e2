/* SPDX-License-Identifier: BSD-2-Clause */
/* libspf2, with its own zone layer as the DNS. */
#include "bench.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define HAVE_NS_TYPE
#include <spf2/spf.h>
#include <spf2/spf_dns_null.h>
#include <spf2/spf_dns_zone.h>

static SPF_server_t *server;

void spf2_init(void)
{
    SPF_dns_server_t *zone = SPF_dns_zone_new(SPF_dns_null_new(NULL, "null", 0), "zone", 0);
    for (size_t i = 0; i < world.record_n; i++)
        if (SPF_dns_zone_add_str(zone, world.records[i].name_z, ns_t_txt, NETDB_SUCCESS,
                                 world.records[i].text_z) != SPF_E_SUCCESS)
            give_up("libspf2: record refused", world.records[i].name_z);
    server = SPF_server_new_dns(zone, 0);
    if (server == NULL || SPF_server_set_rec_dom(server, RECEIVER) != SPF_E_SUCCESS)
        give_up("libspf2", "does not start");
}

void spf2_check(const struct job *job)
{
    const char *sender = job->sender ? job->sender : "a@" DOMAIN;
    SPF_response_t *response = NULL;
    SPF_request_t *request = SPF_request_new(server);
    SPF_request_set_ipv4_str(request, CLIENT_IP);
    SPF_request_set_helo_dom(request, CLIENT);
    SPF_request_set_env_from(request, sender);
    SPF_request_query_mailfrom(request, &response);
    if (response == NULL || SPF_response_result(response) != SPF_RESULT_PASS ||
        SPF_response_get_received_spf(response) == NULL)
        give_up("libspf2: does not pass", sender);
    SPF_response_free(response);
    SPF_request_free(request);
}
