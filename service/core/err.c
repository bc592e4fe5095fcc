#include "core/err.h"

const char *err_word(enum err e)
{
#define ERR_WORD(name, word) [name] = (word),
    static const char *const words[] = {ERR_LIST(ERR_WORD)};
#undef ERR_WORD
    return (unsigned)e < ERR_COUNT ? words[e] : "internal";
}
