// SPDX-License-Identifier: Apache-2.0
//
// Points that came from a matrix's rows: where they lie, what they are called, which colours
// they have. Filled in portions as they arrive.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ADJ_UI_CLASSES = 24 };  // more different labels than these are no classes

typedef struct AdjUiCloud {
    int count, room;    // points that have arrived, and all that will
    int64_t of, every;  // rows of the matrix, of which each [every]th is a point
    int64_t columns;    // of the matrix
    int components;     // 1 to 3
    double shares[3];   // of the variance
    int share_count;
    int64_t left_out;
    float *raw;      // 3 for each point, as they came
    float *at;       // the same in a cube from -0.5 to 0.5 around the origin
    float *numbers;  // labels; NULL: none, or words
    char **words;    // labels; NULL: none, or numbers; one for each that arrived
    double reach;    // half a side of the cube in units of the matrix
    // Classes: the different labels in their order, none if there are too many.
    int class_count;
    char *classes[ADJ_UI_CLASSES];
    double class_values[ADJ_UI_CLASSES];
    uint8_t *class_of;  // of each point; NULL: no classes
    double low, high;   // of labels that are numbers
} AdjUiCloud;

AdjUiCloud *adj_ui_cloud_new(int64_t rows, int64_t of, int64_t every, int components);
void adj_ui_cloud_free(AdjUiCloud *c);  // NULL is nothing

// [count] more points of [components] numbers each; labels of one kind or none (NULL).
void adj_ui_cloud_add(AdjUiCloud *c, const float *places, const float *numbers,
                      char *const *words, int count);
// All are there that will come for now: scales them into the cube and finds the classes.
void adj_ui_cloud_settle(AdjUiCloud *c);

// "row 17: cat", newly allocated.
char *adj_ui_cloud_name(const AdjUiCloud *c, int point);
// The label alone, newly allocated; "" without labels.
char *adj_ui_cloud_label(const AdjUiCloud *c, int point);
// Whether the label holds [text] (any case), or the row's number is it.
bool adj_ui_cloud_matches(const AdjUiCloud *c, int point, const char *text);
// Row of the matrix.
int64_t adj_ui_cloud_row(const AdjUiCloud *c, int point);
