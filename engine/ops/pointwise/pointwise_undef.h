// SPDX-License-Identifier: Apache-2.0
// pointwise_undef.h: forgets the row macros, so that pointwise.def can be read another way.
// Included once per reading, hence no guard.
#undef UNARY
#undef UNARY_INT
#undef TEST
#undef ACTIVATION
#undef ACTIVATION1
#undef ACTIVATION2
#undef BINARY
#undef BINARY_FLOAT
#undef BINARY_INT
#undef INTEGER
#undef BITWISE
#undef COMPARE
#undef TERNARY
#undef INNER1
#undef INNER2
#undef INNER3
