// The ids of texts by llama.cpp's tokenizer: llama_tokens MODEL.gguf. Reads texts from standard
// input, each as an int length (little-endian) and its bytes; writes for each the number of ids, the
// ids, and likewise the bytes that llama_detokenize makes of them. Specials are not recognised in a
// text and no BOS is put before it. A text that llama.cpp throws at has -1 ids and no bytes.
// tokenizer-oracle.sh compiles it against a built llama.cpp.
#include "llama.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

static void put(int32_t value) { fwrite(&value, sizeof value, 1, stdout); }

static void answer(const llama_vocab * vocab, const std::string & text) {
    std::vector<llama_token> ids(text.size() + 8);
    std::string back;
    try {
        int n = llama_tokenize(vocab, text.data(), text.size(), ids.data(), ids.size(), false, false);
        ids.resize(n < 0 ? 0 : n);
        back.resize(text.size() * 4 + 64);
        n = llama_detokenize(vocab, ids.data(), ids.size(), &back[0], back.size(), false, false);
        back.resize(n < 0 ? 0 : n);
    } catch (const std::exception & e) {
        put(-1);
        put(0);
        return;
    }
    put(ids.size());
    fwrite(ids.data(), sizeof(llama_token), ids.size(), stdout);
    put(back.size());
    fwrite(back.data(), 1, back.size(), stdout);
}

int main(int argc, char ** argv) {
    if (argc != 2) {
        fprintf(stderr, "llama_tokens MODEL.gguf\n");
        return 2;
    }
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (level == GGML_LOG_LEVEL_ERROR) {
            fputs(text, stderr);
        }
    }, nullptr);
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    llama_model * model = llama_model_load_from_file(argv[1], params);
    if (model == nullptr) {
        return 1;
    }
    const llama_vocab * vocab = llama_model_get_vocab(model);
    int32_t length;
    while (fread(&length, sizeof length, 1, stdin) == 1) {
        std::string text(length, '\0');
        if (fread(&text[0], 1, length, stdin) != (size_t) length) {
            return 1;
        }
        answer(vocab, text);
    }
    llama_model_free(model);
    return 0;
}
