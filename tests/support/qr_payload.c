/* Reads QR codes as a camera scanned them, one a line on stdin, and tells each whole text in a line: SSID and
 * password in hex, server, token; "-" for what is empty, "bad" for what the camera refuses. For tests that
 * decode pictures with a reader that is not ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/payload.h"

static void put_hex(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02x", (unsigned char)bytes[i]);
    printf("%s ", len ? "" : "-");
}

static void tell(const char *text, size_t len)
{
    struct prov_credentials c;
    if (prov_payload_decode(text, len, &c)) {
        puts("bad");
        return;
    }
    put_hex(c.ssid, c.ssid_len);
    put_hex(c.password, c.password_len);
    printf("%s %s\n", c.server_url[0] ? c.server_url : "-", c.token[0] ? c.token : "-");
}

int main(void)
{
    static struct prov_parts parts;
    char text[PROV_TEXT_MAX + 1], *line = NULL;
    size_t cap = 0, len;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) > 0) {
        if (line[n - 1] == '\n')
            n--;
        enum prov_err e = prov_parts_take(&parts, line, (size_t)n, text, sizeof text, &len);
        if (e == PROV_OK)
            tell(text, len);
        else if (e != PROV_INCOMPLETE)
            puts("bad");
    }
    free(line);
    return 0;
}
