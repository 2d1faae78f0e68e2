/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders of keys: what is refused, what a crash leaves, what is read back. */
#include "io/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { T0 = 1800000000 };

static char dir[64];
static char pem[256];

/* Where the program is cut off: at the renaming, before or behind it. */
static int cut;
enum { CUT_NEVER, CUT_BEFORE, CUT_BEHIND };
static unsigned flushed; /* how often since the last renaming */

/* These stand in for the C library's own, so that a test can stop the program there and count. */
int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (cut == CUT_BEFORE)
        kill(getpid(), SIGKILL);
    assert_int_equal(flushed, 1);
    flushed = 0;
    int rc = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
    if (cut == CUT_BEHIND)
        kill(getpid(), SIGKILL);
    return rc;
}

int fsync(int fd)
{
    flushed++;
    return (int)syscall(SYS_fsync, fd);
}

static const char *path_of(const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int make_dir(void **state)
{
    struct ingam_private_key *key = ingam_private_key_new(NULL, INGAM_ED25519_SHA256, 0);
    (void)state;
    snprintf(dir, sizeof dir, "%s/ingam-keys-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(dir));
    assert_non_null(key);
    assert_in_range(ingam_private_key_pem(key, pem, sizeof pem), 1, sizeof pem - 1);
    ingam_private_key_free(key);
    return 0;
}

static int remove_dir(void **state)
{
    static const char *const names[] = {"a.test/a.pem",       "a.test/b.pem",    "a.test/c.pem",
                                        "a.test/state",       "a.test/x.pem",    "a.test",
                                        "a.test/.state.part", "a.test/link.pem", "a.test/.c.pem.part"};
    (void)state;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            remove(path_of(names[i]));
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static enum keys_got opened(enum keys_use use, struct keys_domain *d, struct keys_error *error)
{
    error->text[0] = 0;
    return keys_open(dir, S("a.test"), use, d, error);
}

/* Makes a.test with keys a (active) and b (new). */
static void fill(void)
{
    static struct keys_domain d;
    struct keys_error error;
    assert_int_equal(opened(KEYS_CREATE, &d, &error), KEYS_OK);
    flushed = 0;
    assert_int_equal(keys_put(&d, "a", str_of(pem), T0, &error), KEYS_OK);
    flushed = 0;
    assert_int_equal(keys_put(&d, "b", str_of(pem), T0 + 1, &error), KEYS_OK);
    d.list[0].state = KEYS_ACTIVE;
    d.list[0].at[KEYS_ACTIVE_SINCE] = T0 + 5;
    d.list[0].wait_s = 300;
    flushed = 0;
    assert_int_equal(keys_save(&d, &error), KEYS_OK);
    keys_close(&d);
}

static void what_is_written_is_read(void **state)
{
    static struct keys_domain d;
    struct keys_error error;
    struct stat st;
    (void)state;
    fill();
    assert_int_equal(stat(path_of("a.test"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(path_of("a.test/a.pem"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(opened(KEYS_LOOK, &d, &error), KEYS_OK);
    assert_int_equal(d.n, 2);
    assert_false(d.is_changed);
    assert_string_equal(d.list[0].selector, "a");
    assert_int_equal(d.list[0].state, KEYS_ACTIVE);
    assert_int_equal(d.list[0].at[KEYS_ACTIVE_SINCE], T0 + 5);
    assert_int_equal(d.list[0].at[KEYS_MADE], T0);
    assert_int_equal(d.list[0].wait_s, 300);
    assert_true(d.list[0].has_file);
    assert_int_equal(d.list[1].algorithm, INGAM_ED25519_SHA256);
    assert_int_equal(d.list[1].bits, 256);
    assert_int_equal(d.list[1].state, KEYS_NEW);
    assert_int_equal(keys_put(&d, "a", str_of(pem), T0, &error), KEYS_REFUSED);
    keys_close(&d);
}

static void only_active_keys_sign(void **state)
{
    struct keys_signing s;
    struct keys_error error;
    (void)state;
    fill();
    assert_int_equal(keys_signing(dir, S("a.test"), &s, &error), KEYS_OK);
    assert_int_equal(s.n, 1);
    assert_string_equal(s.list[0].selector, "a");
    keys_signing_free(&s);
    assert_int_equal(keys_signing(dir, S("sub.a.test"), &s, &error), KEYS_NONE);
    assert_int_equal(keys_signing(dir, S("../a.test"), &s, &error), KEYS_REFUSED);
}

/* A file that somebody put there is a new key; the state file need not be there. */
static void the_folder_is_the_table(void **state)
{
    static struct keys_domain d;
    struct keys_error error;
    (void)state;
    fill();
    remove(path_of("a.test/state"));
    assert_int_equal(opened(KEYS_LOOK, &d, &error), KEYS_OK);
    assert_int_equal(d.n, 2);
    assert_true(d.is_changed);
    assert_int_equal(d.list[0].state, KEYS_NEW);
    keys_close(&d);
    remove(path_of("a.test/a.pem"));
    assert_int_equal(opened(KEYS_LOOK, &d, &error), KEYS_OK);
    assert_int_equal(d.n, 1);
    keys_close(&d);
}

static void gone_keys_are_deleted(void **state)
{
    static struct keys_domain d;
    struct keys_error error;
    (void)state;
    fill();
    assert_int_equal(opened(KEYS_CHANGE, &d, &error), KEYS_OK);
    d.list[keys_find(&d, "a")].state = KEYS_GONE;
    flushed = 0;
    assert_int_equal(keys_save(&d, &error), KEYS_OK);
    assert_int_not_equal(access(path_of("a.test/a.pem"), F_OK), 0);
    assert_int_equal(access(path_of("a.test/b.pem"), F_OK), 0);
    assert_int_equal(keys_put(&d, "a", str_of(pem), T0, &error), KEYS_REFUSED);
    keys_close(&d);
}

static void refused(const char *words)
{
    static struct keys_domain d;
    struct keys_error error;
    enum keys_got got = opened(KEYS_LOOK, &d, &error);
    keys_close(&d);
    if (got != KEYS_REFUSED || strstr(error.text, words) == NULL)
        fail_msg("wanted '%s', got %d '%s'", words, (int)got, error.text);
}

static void open_modes_are_refused(void **state)
{
    static const struct {
        const char *name;
        mode_t mode;
        const char *words;
    } rows[] = {
        {"a.test/a.pem", 0640, "chmod 600 "},
        {"a.test/a.pem", 0604, "chmod 600 "},
        {"a.test/state", 0644, "chmod 600 "},
        {"a.test", 0750, "chmod 700 "},
        {"", 0775, "chmod 700 "},
    };
    struct stat st;
    (void)state;
    fill();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(stat(path_of(rows[i].name), &st), 0);
        assert_int_equal(chmod(path_of(rows[i].name), rows[i].mode), 0);
        refused(rows[i].words);
        assert_int_equal(chmod(path_of(rows[i].name), st.st_mode & 07777), 0);
    }
    assert_int_equal(symlink("a.pem", path_of("a.test/link.pem")), 0);
    refused("a link");
}

static void strange_owners_are_refused(void **state)
{
    static const char *const names[] = {"a.test/a.pem", "a.test/state", "a.test"};
    (void)state;
    if (geteuid() != 0)
        skip();
    fill();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(chown(path_of(names[i]), 12345, (gid_t)-1), 0);
        refused("chown 0 ");
        assert_int_equal(chown(path_of(names[i]), 0, (gid_t)-1), 0);
    }
}

static void write_state(const char *text)
{
    FILE *f = fopen(path_of("a.test/state"), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void senseless_states_are_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "state:1:"},
        {"a rsa-sha256 2048 active\n", "state:1:"},
        {"ingam-keys 2\n", "state:1:"},
        {"ingam-keys 1\na rsa-sha256 2048 acti", "state:2: the last line has no end"},
        {"ingam-keys 1\n\na rsa-sha256 2048 asleep\n", "state:3: no known state"},
        {"ingam-keys 1\na rsa-md5 2048 new\n", "state:2: no known algorithm"},
        {"ingam-keys 1\na rsa-sha256 many new\n", "state:2: no number"},
        {"ingam-keys 1\n../a rsa-sha256 2048 new\n", "state:2: no selector"},
        {"ingam-keys 1\na rsa-sha256 2048 new made=soon\n", "state:2: a word"},
        {"ingam-keys 1\na rsa-sha256 2048 new mood=good\n", "state:2: a word"},
        {"ingam-keys 1\na rsa-sha256 2048 new\na rsa-sha256 2048 new\n",
         "state:3: this selector stands here twice"},
    };
    (void)state;
    fill();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_state(rows[i].text);
        refused(rows[i].words);
    }
    write_state("ingam-keys 1\n");
    FILE *f = fopen(path_of("a.test/a.pem"), "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    refused("a.pem: ");
}

/* Saves in a process that is killed at the renaming. */
static void save_and_die(int where)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        static struct keys_domain d;
        struct keys_error error;
        cut = where;
        if (opened(KEYS_CHANGE, &d, &error) != KEYS_OK)
            _exit(1);
        d.list[1].state = KEYS_PUBLISHED;
        flushed = 0;
        keys_save(&d, &error);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static enum keys_state state_of_b(void)
{
    static struct keys_domain d;
    struct keys_error error;
    assert_int_equal(opened(KEYS_CHANGE, &d, &error), KEYS_OK);
    assert_int_equal(d.n, 2);
    enum keys_state state = d.list[1].state;
    keys_close(&d);
    return state;
}

/* The old text or the new one, whole, never anything between; and the file was flushed before it took its place. */
static void a_crash_leaves_one_of_both(void **state)
{
    (void)state;
    fill();
    save_and_die(CUT_BEFORE);
    assert_int_equal(access(path_of("a.test/.state.part"), F_OK), 0);
    assert_int_equal(state_of_b(), KEYS_NEW);
    save_and_die(CUT_BEHIND);
    assert_int_equal(state_of_b(), KEYS_PUBLISHED);
}

/* A key that was being made is not there, or there whole; and one that is there is not written over. */
static void a_crash_leaves_no_half_key(void **state)
{
    static struct keys_domain d;
    struct keys_error error;
    int status = 0;
    (void)state;
    fill();
    for (int where = CUT_BEFORE; where <= CUT_BEHIND; where++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            cut = where;
            if (opened(KEYS_CHANGE, &d, &error) != KEYS_OK)
                _exit(1);
            flushed = 0;
            keys_put(&d, "c", str_of(pem), T0, &error);
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_int_equal(opened(KEYS_CHANGE, &d, &error), KEYS_OK);
        assert_int_equal(d.n, where == CUT_BEFORE ? 2 : 3);
        assert_int_equal(keys_put(&d, "a", str_of(pem), T0, &error), KEYS_REFUSED);
        keys_close(&d);
    }
}

/* Who wants to change waits for who is changing; who only looks does not. */
static void changes_take_turns(void **state)
{
    static struct keys_domain d, other;
    struct keys_error error;
    int status = 0;
    (void)state;
    fill();
    assert_int_equal(opened(KEYS_CHANGE, &d, &error), KEYS_OK);
    pid_t pid = fork();
    if (pid == 0) {
        keys_close(&d);
        _exit(opened(KEYS_CHANGE, &other, &error) == KEYS_OK ? 7 : 8);
    }
    usleep(200 * 1000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    assert_int_equal(opened(KEYS_LOOK, &other, &error), KEYS_OK);
    keys_close(&other);
    keys_close(&d);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(what_is_written_is_read),      IN_A_FOLDER(only_active_keys_sign),
        IN_A_FOLDER(the_folder_is_the_table),      IN_A_FOLDER(gone_keys_are_deleted),
        IN_A_FOLDER(open_modes_are_refused),       IN_A_FOLDER(strange_owners_are_refused),
        IN_A_FOLDER(senseless_states_are_refused), IN_A_FOLDER(a_crash_leaves_one_of_both),
        IN_A_FOLDER(a_crash_leaves_no_half_key),   IN_A_FOLDER(changes_take_turns),
    };
    return cmocka_run_group_tests_name("keys_store", tests, NULL, NULL);
}
