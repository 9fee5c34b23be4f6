// SPDX-License-Identifier: Apache-2.0
// update_rules.h: the optimizers' rules, one pass over parameter, gradient and state each. The
// text is compiled by every device: the CPU runs a rule over a stretch of elements, a GPU over
// a single one in each thread. RULE says what kind of function it is, RESTRICT how pointers
// that do not overlap are marked.

// clang-format off
#define RULES(T, SQRT, suffix)                                                                 \
    RULE void sgd_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                     \
                             const T *RESTRICT grad, T *const *s)                              \
    {                                                                                          \
        T lr = (T)u->lr, decay = (T)u->weight_decay, mu = (T)u->momentum;                      \
        T sign = u->maximize ? -1 : 1, keep = (T)(1 - u->dampening);                           \
        T *RESTRICT v = s[0];                                                                  \
        if (!v) {                                                                              \
            for (int64_t i = 0; i < n; i++) p[i] -= lr * (sign * grad[i] + decay * p[i]);      \
            return;                                                                            \
        }                                                                                      \
        T old = u->first ? 0 : mu;                                                             \
        if (u->first) memset(v, 0, (size_t)n * sizeof *v);                                     \
        T look = u->nesterov ? mu : 0, plain = u->nesterov ? 1 : 0;                            \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            v[i] = old * v[i] + keep * g;                                                      \
            p[i] -= lr * (plain * g + (plain != 0 ? look : (T)1) * v[i]);                      \
        }                                                                                      \
    }                                                                                          \
    RULE void adam_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                    \
                              const T *RESTRICT grad, T *const *s)                             \
    {                                                                                          \
        T b1 = (T)u->beta1, b2 = (T)u->beta2, c1 = (T)(1 - u->beta1), c2 = (T)(1 - u->beta2);  \
        T step = (T)(u->lr / u->correction1), root = (T)u->correction2, eps = (T)u->eps;       \
        T sign = u->maximize ? -1 : 1;                                                         \
        T in_grad = u->decoupled ? 0 : (T)u->weight_decay;                                     \
        T shrink = u->decoupled ? (T)(1 - u->lr * u->weight_decay) : 1;                        \
        T *RESTRICT m = s[0], *RESTRICT v = s[1], *RESTRICT top = s[2];                        \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T w = p[i] * shrink, g = sign * grad[i] + in_grad * p[i];                          \
            m[i] = b1 * m[i] + c1 * g;                                                         \
            v[i] = b2 * v[i] + c2 * g * g;                                                     \
            T second = v[i];                                                                   \
            if (top) second = top[i] = top[i] > second ? top[i] : second;                      \
            p[i] = w - step * m[i] / (SQRT(second) / root + eps);                              \
        }                                                                                      \
    }                                                                                          \
    RULE void rmsprop_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                 \
                                 const T *RESTRICT grad, T *const *s)                          \
    {                                                                                          \
        T a = (T)u->beta1, rest = (T)(1 - u->beta1), eps = (T)u->eps, lr = (T)u->lr;           \
        T sign = u->maximize ? -1 : 1, decay = (T)u->weight_decay, mu = (T)u->momentum;        \
        T *RESTRICT q = s[0], *RESTRICT m = s[1], *RESTRICT mean = s[2];                       \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            q[i] = a * q[i] + rest * g * g;                                                    \
            T second = q[i];                                                                   \
            if (mean) {                                                                        \
                mean[i] += rest * (g - mean[i]);                                               \
                second -= mean[i] * mean[i];                                                   \
            }                                                                                  \
            T move = g / (SQRT(second) + eps);                                                 \
            if (m) move = m[i] = mu * m[i] + move;                                             \
            p[i] -= lr * move;                                                                 \
        }                                                                                      \
    }                                                                                          \
    RULE void adagrad_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                 \
                                 const T *RESTRICT grad, T *const *s)                          \
    {                                                                                          \
        T lr = (T)u->lr, eps = (T)u->eps, decay = (T)u->weight_decay;                          \
        T sign = u->maximize ? -1 : 1, *RESTRICT sum = s[0];                                   \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            sum[i] += g * g;                                                                   \
            p[i] -= lr * (g / (SQRT(sum[i]) + eps));                                           \
        }                                                                                      \
    }                                                                                          \
    RULE void adadelta_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                \
                                  const T *RESTRICT grad, T *const *s)                         \
    {                                                                                          \
        T rho = (T)u->beta1, rest = (T)(1 - u->beta1), eps = (T)u->eps, lr = (T)u->lr;         \
        T sign = u->maximize ? -1 : 1, decay = (T)u->weight_decay;                             \
        T *RESTRICT q = s[0], *RESTRICT d = s[1];                                              \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            q[i] = rho * q[i] + rest * g * g;                                                  \
            T move = SQRT(d[i] + eps) / SQRT(q[i] + eps) * g;                                  \
            d[i] = rho * d[i] + rest * move * move;                                            \
            p[i] -= lr * move;                                                                 \
        }                                                                                      \
    }                                                                                          \
    RULE void adamax_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                  \
                                const T *RESTRICT grad, T *const *s)                           \
    {                                                                                          \
        T rest = (T)(1 - u->beta1), b2 = (T)u->beta2, eps = (T)u->eps;                         \
        T step = (T)(u->lr / u->correction1), decay = (T)u->weight_decay;                      \
        T sign = u->maximize ? -1 : 1, *RESTRICT m = s[0], *RESTRICT top = s[1];               \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            T old = b2 * top[i], now = (g < 0 ? -g : g) + eps;                                 \
            m[i] += rest * (g - m[i]);                                                         \
            top[i] = old >= now ? old : now;                                                   \
            p[i] -= step * (m[i] / top[i]);                                                    \
        }                                                                                      \
    }                                                                                          \
    RULE void radam_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                   \
                               const T *RESTRICT grad, T *const *s)                            \
    {                                                                                          \
        T m_rest = (T)(1 - u->beta1), b2 = (T)u->beta2, v_rest = (T)(1 - u->beta2);            \
        T sign = u->maximize ? -1 : 1, eps = (T)u->eps, step = (T)(u->lr / u->correction1);    \
        T in_grad = u->decoupled ? 0 : (T)u->weight_decay, scale = (T)u->scale;                \
        T shrink = u->decoupled ? (T)(1 - u->lr * u->weight_decay) : 1;                        \
        T *RESTRICT m = s[0], *RESTRICT v = s[1];                                              \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + in_grad * p[i];                                             \
            m[i] += m_rest * (g - m[i]);                                                       \
            v[i] = b2 * v[i] + v_rest * g * g;                                                 \
            T rate = u->rectified ? scale / (SQRT(v[i]) + eps) : 1;                            \
            p[i] = p[i] * shrink - step * m[i] * rate;                                         \
        }                                                                                      \
    }                                                                                          \
    RULE void nadam_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                   \
                               const T *RESTRICT grad, T *const *s)                            \
    {                                                                                          \
        T m_rest = (T)(1 - u->beta1), b2 = (T)u->beta2, v_rest = (T)(1 - u->beta2);            \
        T sign = u->maximize ? -1 : 1, eps = (T)u->eps, second = (T)u->correction2;            \
        T in_grad = u->decoupled ? 0 : (T)u->weight_decay;                                     \
        T shrink = u->decoupled ? (T)(1 - u->lr * u->weight_decay) : 1;                        \
        T of_g = (T)u->correction1, of_m = (T)u->scale;                                        \
        T *RESTRICT m = s[0], *RESTRICT v = s[1];                                              \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + in_grad * p[i];                                             \
            m[i] += m_rest * (g - m[i]);                                                       \
            v[i] = b2 * v[i] + v_rest * g * g;                                                 \
            T root = SQRT(v[i] / second) + eps;                                                \
            p[i] = p[i] * shrink - of_g * (g / root) - of_m * (m[i] / root);                   \
        }                                                                                      \
    }                                                                                          \
    RULE void asgd_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                    \
                              const T *RESTRICT grad, T *const *s)                             \
    {                                                                                          \
        T eta = (T)u->lr, shrink = (T)(1 - u->scale * u->lr), mu = (T)u->momentum;             \
        T sign = u->maximize ? -1 : 1, decay = (T)u->weight_decay, *RESTRICT mean = s[0];      \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            p[i] = p[i] * shrink - eta * g;                                                    \
            mean[i] = mu == 1 ? p[i] : mean[i] + mu * (p[i] - mean[i]);                        \
        }                                                                                      \
    }                                                                                          \
    RULE void rprop_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                   \
                               const T *RESTRICT grad, T *const *s)                            \
    {                                                                                          \
        T less = (T)u->beta1, more = (T)u->beta2, low = (T)u->eps, high = (T)u->scale;         \
        T sign = u->maximize ? -1 : 1, *RESTRICT before = s[0], *RESTRICT size = s[1];         \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i], turn = g * before[i];                                        \
            T step = size[i] * (turn > 0 ? more : turn < 0 ? less : turn == 0 ? 1 : turn);     \
            size[i] = step < low ? low : step > high ? high : step;                            \
            if (turn < 0) g = 0;                                                               \
            p[i] -= (T)((g > 0) - (g < 0)) * size[i];                                          \
            before[i] = g;                                                                     \
        }                                                                                      \
    }                                                                                          \
    RULE void lion_##suffix(const AdjUpdate *u, int64_t n, T *RESTRICT p,                    \
                              const T *RESTRICT grad, T *const *s)                             \
    {                                                                                          \
        T b1 = (T)u->beta1, c1 = (T)(1 - u->beta1), b2 = (T)u->beta2, c2 = (T)(1 - u->beta2);  \
        T shrink = (T)(1 - u->lr * u->weight_decay), lr = (T)u->lr;                            \
        T sign = u->maximize ? -1 : 1, *RESTRICT m = s[0];                                     \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i], move = b1 * m[i] + c1 * g;                                   \
            p[i] = p[i] * shrink - lr * (T)((move > 0) - (move < 0));                          \
            m[i] = b2 * m[i] + c2 * g;                                                         \
        }                                                                                      \
    }
// clang-format on
