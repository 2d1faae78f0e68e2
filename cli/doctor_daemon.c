/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes: do they run, from what is installed, with what the files say now, and do they stay alive? */
#include "cli/doctor.h"

#include "cli/control.h"
#include "cli/key.h"
#include <errno.h>
#include <ingam/ingam.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 20, PATIENCE_S = 5, YOUNG_S = 600 };

static const char default_config[] = "/etc/ingam/ingam.conf", default_control[] = "/run/ingam/control";

const char *doctor_config_file(const struct doctor *d)
{
    return d->config ? d->config : default_config;
}

const char *doctor_config_words(struct doctor *d)
{
    return d->config ? doctor_text(d, " --config %s", doctor_quoted(d, d->config)) : "";
}

static bool has_systemd(void)
{
    return access("/run/systemd/system", F_OK) == 0;
}

void doctor_run_start(struct doctor *d)
{
    if (has_systemd())
        doctor_run(d, "systemctl enable --now ingamd");
    else
        doctor_run(d, "ingamd%s", doctor_config_words(d));
}

static json_int_t parent_pid(const struct doctor *d)
{
    return json_integer_value(
        json_object_get(json_array_get(json_object_get(d->status, "processes"), 0), "pid"));
}

void doctor_run_restart(struct doctor *d)
{
    json_int_t pid = parent_pid(d);
    if (has_systemd()) {
        doctor_run(d, "systemctl restart ingamd");
        return;
    }
    if (pid > 1)
        doctor_run(
            d, "kill %" JSON_INTEGER_FORMAT "; while kill -0 %" JSON_INTEGER_FORMAT "; do sleep 0.2; done",
            pid, pid);
    doctor_run(d, "ingamd%s", doctor_config_words(d));
}

void doctor_run_reload(struct doctor *d)
{
    const char *path = d->conf ? d->conf->control : NULL;
    if (d->status == NULL && !d->is_control_closed) {
        doctor_run_start(d);
        return;
    }
    if (path && strcmp(path, default_control) != 0)
        doctor_run(d, "ingam reload --control %s", doctor_quoted(d, path));
    else
        doctor_run(d, "ingam reload");
}

static int connected(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (strlen(path) >= sizeof to.sun_path)
        return -1;
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* ret  an answer that is no error; NULL: errno says why not, 0: it came not in time or makes no sense */
static json_t *ask_status(const char *path)
{
    char *text = malloc(ANSWER_MAX);
    int fd = text ? connected(path) : -1;
    size_t n = 0;
    ssize_t got = fd >= 0 && dprintf(fd, "status\n") > 0;
    for (; got > 0 && n<ANSWER_MAX; n += got> 0 ? (size_t)got : 0)
        got = recv(fd, text + n, ANSWER_MAX - n, 0);
    json_t *answer = n ? json_loadb(text, n, 0, NULL) : NULL;
    free(text);
    if (fd < 0)
        return NULL;
    close(fd);
    errno = 0;
    if (json_object_get(answer, "processes"))
        return answer;
    json_decref(answer);
    return NULL;
}

static void look_at_process(struct doctor *d, const json_t *p)
{
    const char *name = control_text(p, "name");
    json_int_t restarts = json_integer_value(json_object_get(p, "restarts")),
               age_s = json_integer_value(json_object_get(p, "age_s"));
    if (json_integer_value(json_object_get(p, "pid")) <= 0) {
        doctor_say(d, DOCTOR_WRONG, "daemon-child", "%s does not run", name);
        doctor_run_restart(d);
    } else if (restarts && age_s < YOUNG_S) {
        doctor_say(d, DOCTOR_NOTE, "daemon-restarts",
                   "%s was replaced %" JSON_INTEGER_FORMAT " times, the last time %" JSON_INTEGER_FORMAT
                   " s ago; its log says why",
                   name, restarts, age_s);
        doctor_run(d, has_systemd() ? "journalctl -u ingamd --since -1h" : "grep ingamd /var/log/mail.log");
    }
}

static void look_at_files(struct doctor *d)
{
    const json_t *c = json_object_get(d->status, "configuration");
    int64_t read_s = json_integer_value(json_object_get(c, "read_s"));
    char when[KEY_TIME_SIZE];
    for (size_t i = 0; i < d->texts.n && read_s; i++) {
        struct stat s;
        if (stat(d->texts.list[i].name, &s) != 0 || s.st_mtim.tv_sec <= read_s)
            continue;
        doctor_say(d, DOCTOR_WRONG, "daemon-old-conf", "%s was changed after the daemon had read it (at %s)",
                   d->texts.list[i].name, key_time(read_s, when));
        doctor_run_reload(d);
        return;
    }
}

static void look_at_version(struct doctor *d)
{
    const char *version = control_text(d->status, "version");
    if (strcmp(version, ingam_version()) == 0)
        return;
    doctor_say(d, DOCTOR_WRONG, "daemon-version", "the daemon that runs is %s, this command is %s", version,
               ingam_version());
    doctor_run_restart(d);
}

static void not_running(struct doctor *d, const char *path, int why)
{
    if (d->is_control_closed) {
        doctor_say(d, DOCTOR_UNSEEN, "daemon-closed", "%s may not be asked by this user", path);
        doctor_run(d, "sudo ingam doctor%s", doctor_config_words(d));
    } else if (why == 0 || why == EAGAIN) {
        doctor_say(d, DOCTOR_WRONG, "daemon-silent", "the daemon took our question at %s and does not answer",
                   path);
        doctor_run_restart(d);
    } else {
        doctor_say(d, DOCTOR_WRONG, "daemon-down", "the daemon does not run (%s: %s)", path,
                   strerrordesc_np(why));
        doctor_run_start(d);
    }
}

static const char *control_path(const struct doctor *d)
{
    return d->conf ? d->conf->control : default_control;
}

void doctor_ask_daemon(struct doctor *d)
{
    const char *path = control_path(d);
    d->is_control_closed = path == NULL;
    if (path == NULL)
        return;
    d->status = ask_status(path);
    d->control_error = errno;
    d->is_control_closed = d->status == NULL && (errno == EACCES || errno == EPERM);
}

void doctor_daemon(struct doctor *d)
{
    const char *path = control_path(d);
    if (path == NULL) {
        doctor_say(d, DOCTOR_NOTE, "daemon-no-control", "there is no control socket to ask the daemon by");
        doctor_write(d, doctor_config_file(d), "control = %s", default_control);
        doctor_run_restart(d);
        return;
    }
    if (d->status == NULL) {
        not_running(d, path, d->control_error);
        return;
    }
    const json_t *processes = json_object_get(d->status, "processes");
    doctor_say(
        d, DOCTOR_OK, "daemon-up",
        "ingamd %s runs: %zu processes, generation %" JSON_INTEGER_FORMAT " of its configuration",
        control_text(d->status, "version"), json_array_size(processes),
        json_integer_value(json_object_get(json_object_get(d->status, "configuration"), "generation")));
    for (size_t i = 0; i < json_array_size(processes); i++)
        look_at_process(d, json_array_get(processes, i));
    look_at_version(d);
    look_at_files(d);
}
