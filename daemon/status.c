/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/status.h"

#include "daemon/sandbox.h"
#include "io/clock.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <sys/resource.h>

enum {
    HEAD_BYTES_MAX = 8192,
    BODY_BYTES_MAX = 1024,
    TIMEOUT_S = 5,
    OK = 200,
    UNAVAILABLE = 503,
    CONNECTIONS_MAX = 64,
    REST_MS = 100
};
enum { BEAT_OLD_MS = 5000 };

static const char metrics_type[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

bool status_is_healthy(const struct counters_all *all)
{
    return clock_now_ms() - all->beat_ms < BEAT_OLD_MS;
}

static void answer(struct evhttp_request *request, int code, const char *type, struct evbuffer *body)
{
    struct evkeyvalq *head = evhttp_request_get_output_headers(request);
    evhttp_add_header(head, "Content-Type", type);
    evhttp_add_header(head, "Cache-Control", "no-store");
    evhttp_send_reply(request, code, code == OK ? "OK" : "Service Unavailable", body);
}

static void say(struct evhttp_request *request, bool is_good, const char *why_not)
{
    struct evbuffer *body = evbuffer_new();
    if (body == NULL) {
        evhttp_send_error(request, UNAVAILABLE, NULL);
        return;
    }
    evbuffer_add_printf(body, "%s\n", is_good ? "ok" : why_not);
    answer(request, is_good ? OK : UNAVAILABLE, "text/plain; charset=utf-8", body);
    evbuffer_free(body);
}

static void metrics(struct evhttp_request *request, void *context)
{
    struct evbuffer *body = evbuffer_new();
    if (body == NULL) {
        evhttp_send_error(request, UNAVAILABLE, NULL);
        return;
    }
    status_metrics(body, context);
    answer(request, OK, metrics_type, body);
    evbuffer_free(body);
}

static void healthz(struct evhttp_request *request, void *context)
{
    say(request, status_is_healthy(context), "the parent gives no sign of life");
}

static void readyz(struct evhttp_request *request, void *context)
{
    const struct counters_all *all = context;
    bool is_accepting = *(const volatile uint64_t *)&all->accepting > 0;
    say(request, is_accepting && status_is_healthy(all), "no worker accepts connections");
}

/* --- Too many connections ------------------------------------------------------------------------------------- */

/* The listener's own argument is evhttp's. */
static struct {
    struct evconnlistener *listener;
    struct event *again;
} door;

/* No descriptor for another connection: those that wait are looked at again when some have had their time. */
static void rest(struct evconnlistener *listener, void *context)
{
    (void)context;
    evconnlistener_disable(listener);
    event_add(door.again, &(struct timeval){.tv_usec = REST_MS * 1000});
}

static void again(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
    evconnlistener_enable(door.listener);
}

static bool open_door(struct event_base *base, struct evhttp *http, int fd)
{
    struct evhttp_bound_socket *bound = evhttp_accept_socket_with_handle(http, fd);
    door.listener = bound ? evhttp_bound_socket_get_listener(bound) : NULL;
    door.again = evtimer_new(base, again, NULL);
    if (door.listener == NULL || door.again == NULL)
        return false;
    evconnlistener_set_error_cb(door.listener, rest);
    return true;
}

/* --- The process ------------------------------------------------------------------------------------------------ */

static bool serve(struct event_base *base, struct evhttp *http, const struct status_start *start)
{
    void *all = start->all;
    evhttp_set_max_headers_size(http, HEAD_BYTES_MAX);
    evhttp_set_max_body_size(http, BODY_BYTES_MAX);
    evhttp_set_timeout(http, TIMEOUT_S);
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    return evhttp_set_cb(http, "/metrics", metrics, all) == 0 &&
           evhttp_set_cb(http, "/healthz", healthz, all) == 0 &&
           evhttp_set_cb(http, "/readyz", readyz, all) == 0 && open_door(base, http, start->fd);
}

int status_run(const struct status_start *start)
{
    struct rlimit few = {CONNECTIONS_MAX, CONNECTIONS_MAX};
    struct event_base *base = event_base_new();
    struct evhttp *http = base ? evhttp_new(base) : NULL;
    if (http == NULL || !serve(base, http, start)) {
        log_say(start->log, CONF_ERROR, "cannot serve: no memory");
        return 1;
    }
    setrlimit(RLIMIT_NOFILE, &few);
    if (!sandbox_enter(start->conf, "status"))
        return 1;
    return event_base_dispatch(base) == 0 ? 0 : 1;
}
