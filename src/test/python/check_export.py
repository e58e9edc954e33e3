"""Exports a model and lets the programs it is exported for compute with it.

    python3 check_export.py --ours ./run.sh --model DIRECTORY [--llamacpp FOLDER] [--prompt TEXT]...
                            [--scored MODEL.bin --tokenizer TOKENIZER.bin [--llama2c FOLDER]]

--model is a Hugging Face directory, --scored a llama2.c model. FOLDER holds llama-simple of
llama.cpp, or run and runq of llama2.c. Of hf exports transformers must give the logits of the
original (float32: all bits) and our greedy text; llama.cpp and llama2.c must give our greedy text of
the very file they read. runq and llama.cpp's Q8_0 round activations, too: of them the equal
beginning is told, not required, and of llama.cpp the reason: PyTorch computes with the weights
rounded to Q8_0, once in float32 and once with the input of every matrix rounded, too; at the first
token that differs the best of both are told. run and runq print no single byte beyond ASCII
(safe_printf), so with them only ASCII is compared. Ends with 1 if something differs. Needs numpy,
torch and transformers.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = ["Había una vez", "Once upon a time", "El perro"]
TOKENS = 40
failures = 0


def say(what, good, detail="", required=True):
    global failures
    failures += required and not good
    word = "equal" if good else "DIFFERS" if required else "differs (not required)"
    print(f"{what:46} {word}  {detail}", flush=True)


def ours(args, *command):
    done = subprocess.run([args.ours, *map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout


def our_text(args, model, prompt, *more):
    out = ours(args, "generate", "--json", "--model", model, "--temperature", "0",
               "--repetition-penalty", "1", "--max-tokens", TOKENS, *more, prompt)
    return prompt + json.loads(out.splitlines()[-1])["text"]


def export(args, model, fmt, kind, to, *more):
    out = ours(args, "export", model, "--format", fmt, "--type", kind, "--out", to, "--json", *more)
    slip = json.loads(out.splitlines()[-1])
    print(f"export {fmt} {kind}: largest difference of a weight {slip['max_difference']}, of a logit "
          f"{slip['logits_difference']} (range {slip['logits_range']:.1f}), same choice at "
          f"{slip['same_choices']} of {slip['positions']}")


def transformers_of(path):
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(path)


def check_transformers(args, work):
    torch.set_num_threads(2)
    original, tokenizer = transformers_of(args.model)
    for kind in ["f32", "f16", "bf16"]:
        path = work / f"hf-{kind}"
        export(args, args.model, "hf", kind, path)
        model, exported = transformers_of(path)
        for prompt in PROMPTS:
            ids = tokenizer(prompt, return_tensors="pt").input_ids
            same = torch.equal(ids, exported(prompt, return_tensors="pt").input_ids)
            with torch.no_grad():
                a, b = original(ids).logits, model(ids).logits
                worst = float((a - b).abs().max())
                exact = kind == "f32"
                say(f"transformers, hf {kind}, logits of {prompt!r}",
                    same and (worst == 0 if exact else worst < 0.1 * float(a.max() - a.min())),
                    f"largest difference {worst:.3g}")
                made = model.generate(ids, max_new_tokens=TOKENS, do_sample=False,
                                      pad_token_id=tokenizer.eos_token_id or 0)
            text = exported.decode(made[0], skip_special_tokens=True)
            mine = our_text(args, path, prompt, "--quantization", "none")
            say(f"transformers, hf {kind}, text of {prompt!r}", text.rstrip() == mine.rstrip())


def common(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return n


def rounded(x):
    """To Q8_0 and back, as ggml does with what it multiplies by Q8_0: blocks of 32, half-float scale."""
    blocks = x.reshape(*x.shape[:-1], -1, 32)
    scale = blocks.abs().amax(-1, keepdim=True) / 127
    inverse = torch.where(scale > 0, 1 / scale, torch.zeros_like(scale))
    return ((blocks * inverse).round() * scale.half().float()).reshape(x.shape)


def explain(directory, prompt, text):
    """Why llama.cpp's greedy text of a Q8_0 file leaves ours: told at the first token that differs."""
    model, tokenizer = transformers_of(directory)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.copy_(rounded(weight))
    ids = tokenizer(prompt, return_tensors="pt").input_ids

    def best(rounding):
        hooks = [m.register_forward_pre_hook(lambda _, x: (rounded(x[0]),)) for m in model.modules()
                 if rounding and isinstance(m, torch.nn.Linear)]
        with torch.no_grad():
            logits = model(ids).logits[0, -1]
        for hook in hooks:
            hook.remove()
        return logits.topk(2)

    for _ in range(TOKENS):
        plain = best(False)
        joined = torch.cat([ids, plain.indices[:1, None]], 1)
        if not text.startswith(tokenizer.decode(joined[0])):
            break
        ids = joined
    theirs = best(True)
    made = tokenizer.decode(torch.cat([ids, theirs.indices[:1, None]], 1)[0])
    first, second = (repr(tokenizer.decode([i])) for i in plain.indices)
    say("  PyTorch with rounded activations", text.startswith(made),
        f"float32 has {first} {plain.values[0]:.4f} before {second} {plain.values[1]:.4f}; rounded, "
        f"{tokenizer.decode(theirs.indices[:1])!r} {theirs.values[0]:.4f} before "
        f"{tokenizer.decode(theirs.indices[1:])!r} {theirs.values[1]:.4f}", False)


def check_llamacpp(args, work, model, name, *more):
    for kind in ["f32", "f16", "q8_0"]:
        path = work / f"{name}-{kind}.gguf"
        export(args, model, "gguf", kind, path, *more)
        for prompt in args.prompt or PROMPTS:
            done = subprocess.run(
                [Path(args.llamacpp) / "llama-simple", "-m", path, "-n", str(TOKENS), prompt],
                capture_output=True)
            text = done.stdout.decode("utf-8", "replace").strip("\n").removeprefix("<s>").strip()
            # It prints the prompt's pieces and what it made; a token more or less at the end.
            mine = our_text(args, path, prompt, "--quantization", "none").strip()
            n = common(text, mine)
            shorter = min(len(text), len(mine))
            good = done.returncode == 0 and n >= shorter - 12 and n > len(prompt) + 20
            say(f"llama.cpp, {name} {kind}, text of {prompt!r}",
                good, f"{n} of {shorter} characters", kind != "q8_0")
            if not good and kind == "q8_0" and name == "bpe":
                explain(model, prompt, text)


def ascii_of(text):
    return text.encode("ascii", "ignore").decode()


def check_llama2c(args, work):
    given = ["--tokenizer", args.tokenizer]
    for kind, program in [("f32", "run"), ("q8_0", "runq")]:
        path = work / f"llama2c-{kind}"
        export(args, args.scored, "llama2c", kind, path, *given)
        for prompt in PROMPTS:
            done = subprocess.run(
                [Path(args.llama2c) / program, path / "model.bin", "-z", path / "tokenizer.bin",
                 "-t", "0", "-n", str(TOKENS), "-i", prompt], capture_output=True)
            text = ascii_of(done.stdout.decode("utf-8", "ignore")).strip()
            mine = ascii_of(our_text(args, path / "model.bin", prompt, "--quantization", "none"))
            mine = mine.strip()
            n = common(text, mine)
            good = done.returncode == 0 and n == min(len(text), len(mine)) and n > len(prompt) + 20
            say(f"llama2.c {program}, {kind}, text of {prompt!r}",
                good, f"{n} of {min(len(text), len(mine))} characters", program != "runq")


def main():
    parser = argparse.ArgumentParser()
    for option in ["--ours", "--model", "--llamacpp", "--scored", "--tokenizer", "--llama2c"]:
        parser.add_argument(option, required=option in ["--ours", "--model"])
    parser.add_argument("--prompt", action="append", help="of llama.cpp, instead of three")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        check_transformers(args, work)
        if args.llamacpp:
            check_llamacpp(args, work, args.model, "bpe")
            if args.scored:
                check_llamacpp(args, work, args.scored, "scores", "--tokenizer", args.tokenizer)
        if args.llama2c and args.scored:
            check_llama2c(args, work)
    print("all that is required is equal" if failures == 0 else f"{failures} differ")
    sys.exit(failures > 0)


main()
