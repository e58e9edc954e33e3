"""Writes what ChatTemplateTest and ByteFallbackTest compare with, from transformers.

  chat_goldens.py RESOURCES
      RESOURCES/byte_fallback.json   a tokenizer.json of Llama 2's kind, trained on sample.txt and
                                     laid out as transformers converts SentencePiece's
      RESOURCES/byte_fallback_ids.json  [text, ids, decoded] of it
      RESOURCES/chat_templates.json  conversations through apply_chat_template: each published
                                     template, its text and ids; templates that we do not know
"""

import json
import sys
import tempfile
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

TURN3 = (
    "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim"
    " + '<|eot_id|>'"
)
OPEN3 = (
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
    "{% endif %}"
)
LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
    "{% endif %}{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}"
    "{% endif %}{% endfor %}"
)
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
KNOWN = {
    "ChatML": {
        "original": CHATML,
        "trl": "{% for message in messages %}\n{{'<|im_start|>' + message['role'] + '\n' +"
        " message['content'] + '<|im_end|>' + '\n'}}{% if loop.last and add_generation_prompt %}"
        "{{'<|im_start|>assistant\n' }}{% endif %}{% endfor %}",
        "prelude": "{% if not add_generation_prompt is defined %}"
        "{% set add_generation_prompt = false %}{% endif %}" + CHATML,
        "smollm2": "{% for message in messages %}"
        "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a"
        " helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}"
        + CHATML[len("{% for message in messages %}") :],
        "branches": "{%- for message in messages %}\n    {%- if message['role'] == 'system' %}\n"
        "        {{- '<|im_start|>system\\n' + message['content'] + '<|im_end|>\\n' }}\n"
        "    {%- elif message['role'] == 'user' %}\n"
        "        {{- '<|im_start|>user\\n' + message['content'] + '<|im_end|>\\n' }}\n"
        "    {%- elif message['role'] == 'assistant' %}\n"
        "        {{- '<|im_start|>assistant\\n' + message['content'] + '<|im_end|>\\n' }}\n"
        "    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n"
        "    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}",
    },
    "Llama 2": {
        "original": LLAMA2,
        "system": LLAMA2.replace(
            "{% elif message['role'] == 'assistant' %}",
            "{% elif message['role'] == 'system' %}"
            "{{ '<<SYS>>\\n' + content.strip() + '\\n<</SYS>>\\n\\n' }}"
            "{% elif message['role'] == 'assistant' %}",
        ),
    },
    "Llama 3": {
        "original": "{% set loop_messages = messages %}{% for message in loop_messages %}"
        "{% set content = " + TURN3 + " %}{% if loop.index0 == 0 %}"
        "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}" + OPEN3,
        "short": "{{- bos_token }}\n{%- for message in messages %}\n    {{- "
        + TURN3.replace("\n", "\\n")
        + " }}\n{%- endfor %}\n"
        + OPEN3.replace("\n", "\\n").replace("{% ", "{%- ").replace("{{ ", "{{- "),
    },
    "Zephyr": {
        "original": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n"
        "{{ '<|user|>\n' + message['content'] + eos_token }}\n"
        "{% elif message['role'] == 'system' %}\n"
        "{{ '<|system|>\n' + message['content'] + eos_token }}\n"
        "{% elif message['role'] == 'assistant' %}\n"
        "{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
        "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n"
        "{% endfor %}",
    },
}
UNKNOWN = {
    "mistral": "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') !="
    " (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate"
    " user/assistant/user/assistant/...') }}{% endif %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant"
    " roles are supported!') }}{% endif %}{% endfor %}",
    "alpaca": "{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '### Instruction:\n' + message['content'] + '\n\n' }}{% else %}"
    "{{ '### Response:\n' + message['content'] + eos_token + '\n\n' }}{% endif %}{% endfor %}",
    "llama 3 without BOS": "{% for message in messages %}{{ " + TURN3 + " }}{% endfor %}" + OPEN3,
    "llama 3 untrimmed": "{{ bos_token }}{% for message in messages %}{{ "
    + TURN3.replace(" | trim", "")
    + " }}{% endfor %}"
    + OPEN3,
    "llama 2 without exception": LLAMA2.replace(
        "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...')"
        " }}",
        "",
    ),
    "zephyr without line feeds": KNOWN["Zephyr"]["original"].replace("eos_token }}\n", "eos_token }}"),
    "zephyr of one branch": "{%- for message in messages %}\n    {{- '<|' + message['role'] +"
    " '|>\\n' }}\n    {{- message['content'] + eos_token }}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|assistant|>\\n' }}\n{%- endif %}",
}


def user(text):
    return {"role": "user", "content": text}


def bot(text):
    return {"role": "assistant", "content": text}


SYSTEM = {"role": "system", "content": "Eres amable.\nBe kind. "}
CONVERSATIONS = [
    [user("¿Qué tal, niño?")],
    [SYSTEM, user(" hola\n")],
    [user("a"), bot(" 12  luces: «sí» "), user("\u00a0x\u0085 y 😀")],
    [SYSTEM, user("uno"), bot("dos"), user("tres\n\n"), bot("")],
    [user("Once upon a time"), user("there was")],
]


def fallback(sample):
    """Llama 2's layout: bytes, then pieces by score; merges of every pair, as transformers'."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(
        [sample], trainers.BpeTrainer(vocab_size=420, show_progress=False)
    )
    pieces = sorted(trained.get_vocab().items(), key=lambda p: (len(p[0]) == 1, p[1]))
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for b in range(256):
        vocab[f"<0x{b:02X}>"] = len(vocab)
    score = {}
    for piece, _ in pieces:
        vocab[piece] = len(vocab)
        score[piece] = -len(score)
    merges = []
    for piece in score:
        pairs = [
            (piece[:i], piece[i:])
            for i in range(1, len(piece))
            if piece[:i] in score and piece[i:] in score
        ]
        merges += [
            (left, right, score[piece])
            for left, right in sorted(pairs, key=lambda p: (vocab[p[0]], vocab[p[1]]))
        ]
    merges.sort(key=lambda m: (m[2], len(m[0]), len(m[1])), reverse=True)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": i,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for i, token in enumerate(["<unk>", "<s>", "</s>"])
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
            ],
            "pair": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "<s>", "type_id": 1}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": vocab,
            "merges": [f"{left} {right}" for left, right, _ in merges],
        },
    }


def with_llama3(tokenizer_json):
    """The byte-level tokenizer with Llama 3's special tokens at its end."""
    made = json.loads(json.dumps(tokenizer_json))
    for token in ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]:
        made["added_tokens"].append(
            {**made["added_tokens"][0], "id": len(made["model"]["vocab"]), "content": token}
        )
        made["model"]["vocab"][token] = len(made["model"]["vocab"])
    return made


def fast(tokenizer_json, bos, eos):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(tokenizer_json, file)
        file.flush()
        return PreTrainedTokenizerFast(tokenizer_file=file.name, bos_token=bos, eos_token=eos)


def rendered(tokenizer, template, messages, opened):
    try:
        text = tokenizer.apply_chat_template(
            messages, chat_template=template, tokenize=False, add_generation_prompt=opened
        )
        ids = tokenizer.apply_chat_template(
            messages, chat_template=template, add_generation_prompt=opened, return_dict=False
        )
        return {"text": text, "ids": ids}
    except Exception as e:
        return {"error": str(e)}


def main():
    resources = Path(sys.argv[1])
    sample = (resources / "sample.txt").read_text(encoding="utf-8")
    bytes_json = json.loads((resources / "hf_tokenizer.json").read_text(encoding="utf-8"))
    llama2_json = fallback(sample)
    (resources / "byte_fallback.json").write_text(
        json.dumps(llama2_json, ensure_ascii=False, indent=0), encoding="utf-8"
    )
    byte_level = fast(bytes_json, "<|endoftext|>", "<|endoftext|>")
    llama2 = fast(llama2_json, "<s>", "</s>")
    llama3 = fast(with_llama3(bytes_json), "<|begin_of_text|>", "<|eot_id|>")
    of = {"ChatML": byte_level, "Llama 2": llama2, "Llama 3": llama3, "Zephyr": llama2}

    lines = [line for line in sample.split("\n") if line][:40]
    lines += ["", " ", "  a", "a  b ", "\n", "中文 😀👍🏽", "áé\u0301", "x\ty\r\nz", "aaaa aa aaa"]
    lines += ["luz luz  luz", "1234567", "\x00\x07", "niño," * 30]
    pairs = []
    for text in lines:
        ids = llama2(text, add_special_tokens=False)["input_ids"]
        pairs.append([text, ids, llama2.decode([1] + ids, skip_special_tokens=True)])
    (resources / "byte_fallback_ids.json").write_text(
        json.dumps(pairs, ensure_ascii=False, indent=0), encoding="utf-8"
    )

    cases = []
    for title, spellings in KNOWN.items():
        for name, template in spellings.items():
            tokenizer = of[title]
            cases.append(
                {
                    "title": title,
                    "name": name,
                    "jinja": template,
                    "bos": tokenizer.bos_token,
                    "eos": tokenizer.eos_token,
                    "rendered": [
                        [rendered(tokenizer, template, c, opened) for opened in (False, True)]
                        for c in CONVERSATIONS
                    ],
                }
            )
    (resources / "chat_templates.json").write_text(
        json.dumps(
            {"conversations": CONVERSATIONS, "known": cases, "unknown": UNKNOWN},
            ensure_ascii=False,
            indent=0,
        ),
        encoding="utf-8",
    )


main()
