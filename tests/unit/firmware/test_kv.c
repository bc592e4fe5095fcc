#include "ports/host/kv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)snprintf(folder, sizeof folder, "/tmp/fw_kv_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"deep/state/lock", "deep/state/a", "deep/state/b", "deep/state/a.new",
                                        "deep/state/a.new/x"};
    char path[128];
    for (size_t i = sizeof names / sizeof *names; i-- > 0;) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
    (void)snprintf(path, sizeof path, "%s/deep/state", folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/deep", folder);
    (void)rmdir(path);
    return rmdir(folder);
}

static struct fw_kv opened(struct host_kv *kv)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/deep/state", folder);
    assert_true(host_kv_open(kv, path));
    return host_kv_ops(kv);
}

static void test_keeps_values(void **state)
{
    struct host_kv kv;
    struct fw_kv ops = opened(&kv);
    char out[16];
    size_t len = 77;
    assert_false(ops.get(ops.ctx, "a", out, sizeof out, &len));
    assert_int_equal(len, 77);
    assert_true(ops.put(ops.ctx, "a", "one\0two", 7));
    assert_true(ops.put(ops.ctx, "a", "", 0));
    assert_true(ops.get(ops.ctx, "a", out, sizeof out, &len));
    assert_int_equal(len, 0);
    assert_true(ops.put(ops.ctx, "a", "one\0two", 7));
    host_kv_close(&kv);
    ops = opened(&kv);
    assert_true(ops.get(ops.ctx, "a", out, sizeof out, &len));
    assert_int_equal(len, 7);
    assert_memory_equal(out, "one\0two", 7);
    assert_true(ops.get(ops.ctx, "a", out, 7, &len));  /* just fits */
    assert_false(ops.get(ops.ctx, "a", out, 6, &len)); /* a byte short */
    ops.erase(ops.ctx, "a");
    ops.erase(ops.ctx, "a");
    assert_false(ops.get(ops.ctx, "a", out, sizeof out, &len));
    host_kv_close(&kv);
}

static void test_nobody_else_reads_it(void **state)
{
    struct host_kv kv;
    struct fw_kv ops = opened(&kv);
    struct stat about;
    mode_t before = umask(0);
    assert_true(ops.put(ops.ctx, "a", "secret", 6));
    (void)umask(before);
    assert_int_equal(fstatat(kv.dir, "a", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(fstat(kv.dir, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    host_kv_close(&kv);
}

/* What a power cut may leave beside a value neither shows nor stops the next write. */
static void test_leftovers_do_no_harm(void **state)
{
    struct host_kv kv;
    struct fw_kv ops = opened(&kv);
    char out[16];
    size_t len;
    assert_true(ops.put(ops.ctx, "a", "old", 3));
    int fd = openat(kv.dir, "a.new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "hal", 3), 3);
    (void)close(fd);
    assert_true(ops.get(ops.ctx, "a", out, sizeof out, &len));
    assert_memory_equal(out, "old", 3);
    assert_true(ops.put(ops.ctx, "a", "new", 3));
    struct stat about;
    assert_int_equal(fstatat(kv.dir, "a", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_not_equal(fstatat(kv.dir, "a.new", &about, 0), 0);
    host_kv_close(&kv);
}

/* A write that cannot be made leaves the old value. */
static void test_a_failed_write_changes_nothing(void **state)
{
    struct host_kv kv;
    struct fw_kv ops = opened(&kv);
    char out[16];
    size_t len;
    assert_true(ops.put(ops.ctx, "a", "old", 3));
    assert_int_equal(mkdirat(kv.dir, "a.new", 0700), 0); /* in the way */
    assert_false(ops.put(ops.ctx, "a", "new", 3));
    assert_true(ops.get(ops.ctx, "a", out, sizeof out, &len));
    assert_memory_equal(out, "old", 3);
    assert_int_equal(unlinkat(kv.dir, "a.new", AT_REMOVEDIR), 0);
    assert_false(ops.put(ops.ctx, "a_name_longer_than_any_chip_takes", "x", 1));
    host_kv_close(&kv);
}

static void test_one_camera_a_folder(void **state)
{
    struct host_kv kv, other;
    char path[128];
    (void)opened(&kv);
    (void)snprintf(path, sizeof path, "%s/deep/state", folder);
    assert_false(host_kv_open(&other, path));
    host_kv_close(&kv);
    assert_true(host_kv_open(&other, path));
    host_kv_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps_values, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_nobody_else_reads_it, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_leftovers_do_no_harm, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_failed_write_changes_nothing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_one_camera_a_folder, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
