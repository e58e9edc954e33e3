#!/bin/sh
# Damages valid files of every model format at random, with another seed each round, and has the
# readers open them: src/test/scripts/fuzz.sh MINUTES [FIRST_SEED]. Ends at the first round that
# fails and tells its seed. From a checkout whose tests are compiled (mvn test-compile).
set -eu
cd "$(dirname "$(readlink -f "$0")")/../../.."
minutes=$1
seed=${2:-1000}
end=$(($(date +%s) + minutes * 60))
rounds=0
while [ "$(date +%s)" -lt "$end" ]; do
  mvn -o -q -B surefire:test -Dtest.flags="-Dfuzz.seed=$seed" \
    -Dtest='Llama2cFileTest,HuggingFaceDirectoryTest,ShardedDirectoryTest,Llama2cVersion1Test,GgufFileTest' || {
    echo "seed $seed fails"
    exit 1
  }
  seed=$((seed + 1))
  rounds=$((rounds + 1))
done
echo "$rounds rounds, seeds to $((seed - 1)): each file opened or was refused in words"
