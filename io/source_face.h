/* SPDX-License-Identifier: BSD-2-Clause */
/* What a kind of source must do; struct source stands first in its own struct. */
#ifndef IO_SOURCE_FACE_H
#define IO_SOURCE_FACE_H

#include "io/source.h"

struct source_face {
    enum ingam_err (*ask)(struct source *s, const struct ingam_question *q);
    bool (*wait)(struct source *s, uint64_t deadline_ms, struct ingam_answer *a);
    size_t (*open_n)(const struct source *s);
    void (*forget)(struct source *s);
    void (*close)(struct source *s);
};

struct source {
    const struct source_face *face;
};

#endif
