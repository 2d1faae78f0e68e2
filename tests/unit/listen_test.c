/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets: what is bound, taken over, left and removed; options as lines of a configuration; what a service manager hands over. */
#include "daemon/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/listen_test_XXXXXX";
static char paths[3][64];
static struct listen_error error;

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    for (size_t i = 0; i < 3; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        unlink(paths[i]);
    return rmdir(folder);
}

static bool answers(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool is = connect(fd, (const struct sockaddr *)&to, sizeof to) == 0;
    close(fd);
    return is;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* --- Options ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *about;
    struct listen_options options;
    const char *text; /* NULL: refused */
} texts[] = {
    {"nothing", {.has_file = true}, ""},
    {"a front",
     {.listens = {"unix:/run/m"}, .listen_n = 1, .has_file = true},
     "listen \"unix:/run/m\" { front = milter }\n"},
    {"Exim's front",
     {.listens = {"rspamc:inet:11333@127.0.0.1"}, .listen_n = 1, .has_file = true},
     "listen \"inet:11333@127.0.0.1\" { front = rspamc }\n"},
    {"our name", {.authserv_id = "mx.example.org", .has_file = true}, "authserv-id = \"mx.example.org\"\n"},
    {"the background", {.has_file = true, .to_syslog = true}, "log { to = syslog }\n"},
    {"a mark that would end the text", {.listens = {"unix:/x\""}, .listen_n = 1}, NULL},
    {"a line's end", {.authserv_id = "a\nuser = root", .has_file = true}, NULL},
    {"a variable", {.listens = {"unix:/${HOME}/m"}, .listen_n = 1}, NULL},
    {"a blank", {.listens = {"unix:/a b"}, .listen_n = 1}, NULL},
    {"no address", {.listens = {""}, .listen_n = 1}, NULL},
};

static void options_become_a_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        str text = {0};
        bool is_good = listen_options_text(&texts[i].options, &text, &error);
        if (is_good != (texts[i].text != NULL))
            fail_msg("%s: %s", texts[i].about, is_good ? "taken" : error.text);
        if (is_good && !str_eq(text, str_of(texts[i].text)))
            fail_msg("%s: %.*s", texts[i].about, (int)text.n, (const char *)text.p);
        free((void *)(uintptr_t)text.p);
    }
}

static void options_alone_need_no_file(void **state)
{
    struct listen_options options = {.listens = {"inet:8891@127.0.0.1"}, .listen_n = 1};
    str text = {0};
    struct conf_error why;
    (void)state;
    assert_true(listen_options_text(&options, &text, &error));
    struct conf *c = conf_read(&(struct conf_text){"command line", text}, 1, "mx.example.org", &why);
    if (c == NULL)
        fail_msg("%s", why.text);
    assert_null(c->control);
    assert_non_null(c->user);
    assert_int_equal(c->listen_n, 1);
    conf_drop(c);
    free((void *)(uintptr_t)text.p);
}

static void addresses_are_read(void **state)
{
    static const struct {
        const char *text;
        bool is_good, is_v6;
        uint16_t port;
    } rows[] = {
        {"127.0.0.1:9163", true, false, 9163}, {"[::1]:80", true, true, 80}, {"127.0.0.1", false, false, 0},
        {"127.0.0.1:65536", false, false, 0},  {":80", false, false, 0},     {"host:80", false, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct listen_want want;
        bool is_good = listen_read(rows[i].text, &want);
        if (is_good != rows[i].is_good ||
            (is_good && (want.ip.is_v6 != rows[i].is_v6 || want.port != rows[i].port)))
            fail_msg("%s", rows[i].text);
    }
}

/* --- Sockets ------------------------------------------------------------------------------------------------- */

static struct conf_listen place(size_t i, char address[80])
{
    snprintf(address, 80, "unix:%s", paths[i]);
    return (struct conf_listen){
        .address = address, .family = CONF_UNIX, .path = paths[i], .mode = 0600 + (unsigned)i};
}

static void sets_change_whole_or_not(void **state)
{
    char names[3][80];
    struct conf_listen two[] = {place(0, names[0]), place(1, names[1])},
                       next[] = {place(1, names[1]), place(2, names[2])};
    struct conf first = {.listens = two, .listen_n = 2}, second = {.listens = next, .listen_n = 2};
    struct listener_set old = {0}, now = {0}, none = {0};
    struct listen_activated activated = {0};
    struct stat before, after;
    (void)state;
    assert_true(listen_open(&old, &first, &none, &activated, &error));
    assert_true(answers(paths[0]) && answers(paths[1]));
    assert_int_equal(stat(paths[1], &before), 0);
    assert_int_equal(before.st_mode & 0777, 0601);

    FILE *file = fopen(paths[2], "w"); /* in the way: all stays as it was */
    fclose(file);
    assert_false(listen_open(&now, &second, &old, &activated, &error));
    assert_non_null(strstr(error.text, "something else than a socket"));
    assert_non_null(strstr(error.text, names[2]));
    assert_true(answers(paths[0]) && answers(paths[1]));

    unlink(paths[2]);
    assert_true(listen_open(&now, &second, &old, &activated, &error));
    assert_int_equal(old.n, 0);
    assert_false(is_there(paths[0]));
    assert_true(answers(paths[1]) && answers(paths[2]));
    assert_int_equal(stat(paths[1], &after), 0);
    assert_int_equal(before.st_ino, after.st_ino); /* the same socket: nobody was turned away */
    listen_close(&now);
    assert_false(is_there(paths[1]) || is_there(paths[2]));
}

static void what_another_has_is_left(void **state)
{
    struct listen_want want = {.path = paths[0], .mode = 0660, .gid = (gid_t)-1};
    (void)state;
    int fd = listen_bind(&want, &error);
    assert_true(fd >= 0);
    assert_int_equal(listen_bind(&want, &error), -1);
    assert_string_equal(error.text, "another process listens there already");
    close(fd); /* its end leaves the file: the next one takes the place */
    assert_true(is_there(paths[0]) && !answers(paths[0]));
    fd = listen_bind(&want, &error);
    assert_true(fd >= 0 && answers(paths[0]));
    close(fd);
    unlink(paths[0]);
}

static void ports_are_bound(void **state)
{
    struct listen_want want = {.ip = {.bytes = {127, 0, 0, 1}}};
    (void)state;
    int fd = listen_bind(&want, &error);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);
    want.ip.bytes[0] = 203; /* not an address of this machine */
    assert_int_equal(listen_bind(&want, &error), -1);
    assert_non_null(strstr(error.text, "assign requested address"));
}

static void long_paths_are_refused(void **state)
{
    char path[200];
    struct listen_want want = {.path = path, .gid = (gid_t)-1};
    (void)state;
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = 0;
    assert_int_equal(listen_bind(&want, &error), -1);
    assert_string_equal(error.text, "the path is too long for a socket");
}

static void accounts_are_looked_up(void **state)
{
    struct conf conf = {0};
    gid_t gid = 5;
    (void)state;
    assert_true(listen_group(&conf, NULL, &gid, &error));
    assert_int_equal(gid, (gid_t)-1);
    assert_true(listen_group(&conf, "root", &gid, &error));
    assert_int_equal(gid, 0);
    assert_false(listen_group(&conf, "no-such-group", &gid, &error));
    assert_string_equal(error.text, "there is no group \"no-such-group\"");
}

/* A folder with the setgid bit gives its group; no group of the daemon's is put in its place. */
static void folders_hand_their_group_on(void **state)
{
    struct conf_listen listen = {.family = CONF_UNIX, .address = paths[0], .path = paths[0], .mode = 0660};
    struct conf conf = {.listens = &listen, .listen_n = 1, .user = "root"};
    gid_t theirs = geteuid() == 0 ? 4711 : getegid();
    struct stat s;
    (void)state;
    assert_false(listen_folder_gives(paths[0]));
    assert_int_equal(chown(folder, (uid_t)-1, theirs), 0);
    assert_int_equal(chmod(folder, 02750), 0);
    assert_true(listen_folder_gives(paths[0]));
    assert_false(listen_folder_gives("no-folder-at-all"));
    struct listener_set set = {0}, none = {0};
    struct listen_activated activated = {.n = 0};
    assert_true(listen_open(&set, &conf, &none, &activated, &error));
    assert_int_equal(stat(paths[0], &s), 0);
    assert_int_equal(s.st_gid, theirs);
    assert_int_equal(s.st_mode & 07777, 0660);
    listen_close(&set);
    chmod(folder, 0700);
}

/* --- The service manager ------------------------------------------------------------------------------------- */

static void activation_is_for_its_own_process(void **state)
{
    struct listen_activated a;
    (void)state;
    setenv("LISTEN_PID", "1", 1);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_FDNAMES", "milter", 1);
    listen_activated_open(&a);
    assert_int_equal(a.n, 0);
    assert_null(getenv("LISTEN_PID"));
    assert_null(getenv("LISTEN_FDS"));
    assert_null(getenv("LISTEN_FDNAMES"));
    setenv("LISTEN_PID", "nonsense", 1);
    setenv("LISTEN_FDS", "99999", 1);
    listen_activated_open(&a);
    assert_int_equal(a.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_become_a_text),       cmocka_unit_test(options_alone_need_no_file),
        cmocka_unit_test(addresses_are_read),          cmocka_unit_test(sets_change_whole_or_not),
        cmocka_unit_test(what_another_has_is_left),    cmocka_unit_test(ports_are_bound),
        cmocka_unit_test(long_paths_are_refused),      cmocka_unit_test(accounts_are_looked_up),
        cmocka_unit_test(folders_hand_their_group_on), cmocka_unit_test(activation_is_for_its_own_process),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
