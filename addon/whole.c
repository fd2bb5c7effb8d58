/*
 * whole.c - whole databases: taken as bytes, put back, moved piece by piece, emptied.
 *
 * Errors are the body of a reply, with its status in wire, as everywhere.
 */
#include "addon.h"

static void image_finalize(napi_env env, void *data, void *hint)
{
    ddb_image image = {data, 0};

    (void)env, (void)hint;
    ddb_free_image(&image);
}

/* A Buffer over the image where the host allows memory of others in one, else over a copy. */
static napi_value image_buffer(napi_env env, ddb_image *image)
{
    napi_value buffer = NULL;
    void *ignored;

    if (napi_create_external_buffer(env, image->n, image->p, image_finalize, NULL, &buffer) ==
        napi_ok)
        return buffer;
    if (!addon_ok(env, napi_create_buffer_copy(env, image->n, image->p, &ignored, &buffer)))
        buffer = NULL;
    ddb_free_image(image);
    return buffer;
}

/* snapshot(handle) -> Buffer, or the error body with its status in wire */
napi_value call_snapshot(napi_env env, napi_callback_info info)
{
    napi_value argv[1];
    ddb_image image;
    ddb_reply reply;
    handle *h;
    addon *a;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_snapshot(h->db, &image, &reply);
    if (image.p)
        return image_buffer(env, &image);
    return addon_reply(env, a->wire, &reply);
}

/* checkSnapshot(buffer) -> undefined, or the error body */
napi_value call_check_snapshot(napi_env env, napi_callback_info info)
{
    napi_value argv[1], text = NULL;
    char *error_body = NULL;
    void *p;
    size_t n;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) ||
        !addon_ok(env, napi_get_buffer_info(env, argv[0], &p, &n)))
        return NULL;
    if (ddb_check_snapshot(p, n, &error_body) < 0 && error_body)
        (void)addon_ok(env, napi_create_string_utf8(env, error_body, NAPI_AUTO_LENGTH, &text));
    ddb_free_error(error_body);
    return text;
}

/* restore(handle, buffer) -> body */
napi_value call_restore(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    ddb_reply reply;
    handle *h;
    addon *a;
    void *p;
    size_t n;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_get_buffer_info(env, argv[1], &p, &n)) ||
        !(a = addon_with_input(env, 0)))
        return NULL;
    ddb_restore(h->db, p, n, &reply);
    return addon_reply(env, a->wire, &reply);
}

/* transfer(handle, step, number, buffer or undefined) -> Buffer or body */
napi_value call_transfer(napi_env env, napi_callback_info info)
{
    napi_value argv[4];
    ddb_transfer t = {0};
    napi_valuetype type;
    ddb_reply reply;
    handle *h;
    addon *a;
    void *p = NULL;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_get_value_int32(env, argv[1], &t.step)) ||
        !addon_ok(env, napi_get_value_int64(env, argv[2], &t.number)) ||
        !addon_ok(env, napi_typeof(env, argv[3], &type)) || !(a = addon_with_input(env, 0)))
        return NULL;
    if (type != napi_undefined && !addon_ok(env, napi_get_buffer_info(env, argv[3], &p, &t.n)))
        return NULL;
    t.p = p;
    ddb_transfer_run(h->db, &t, &reply);
    if (t.out.p)
        return image_buffer(env, &t.out);
    return addon_reply(env, a->wire, &reply);
}

/* reset(handle, n) -> body; what to reset is the n bytes of JSON in input */
napi_value call_reset(napi_env env, napi_callback_info info)
{
    napi_value argv[2];
    ddb_reply reply;
    handle *h;
    int32_t n;
    addon *a;

    if (!addon_arguments(env, info, COUNT_OF(argv), argv) || !(h = addon_handle(env, argv[0])) ||
        !addon_ok(env, napi_get_value_int32(env, argv[1], &n)) || !(a = addon_with_input(env, n)))
        return NULL;
    ddb_reset(h->db, a->input, (size_t)n, &reply);
    return addon_reply(env, a->wire, &reply);
}
