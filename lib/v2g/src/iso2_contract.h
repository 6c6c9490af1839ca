/* SPDX-License-Identifier: MIT
 * ISO 15118-2: the messages of a contract, between the two files of the dialect.
 */
#ifndef V2G_ISO2_CONTRACT_H
#define V2G_ISO2_CONTRACT_H

#include "dialect.h"

typedef void v2g_iso2_read(const struct iso2_body *body, struct scratch *memory,
                           struct v2g_message *message);
typedef void v2g_iso2_write(const struct v2g_message *message, struct scratch *memory,
                            struct iso2_body *body);

v2g_iso2_read v2g_iso2_details_req_read;
v2g_iso2_read v2g_iso2_details_res_read;
v2g_iso2_read v2g_iso2_installation_req_read;
v2g_iso2_read v2g_iso2_installation_res_read;
v2g_iso2_read v2g_iso2_update_req_read;
v2g_iso2_read v2g_iso2_update_res_read;

v2g_iso2_write v2g_iso2_details_req_write;
v2g_iso2_write v2g_iso2_details_res_write;
v2g_iso2_write v2g_iso2_installation_req_write;
v2g_iso2_write v2g_iso2_installation_res_write;
v2g_iso2_write v2g_iso2_update_req_write;
v2g_iso2_write v2g_iso2_update_res_write;

enum iso2_response_code v2g_iso2_code_of(enum v2g_response code);

#endif
