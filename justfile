# What one does often; each recipe is one line that can also be typed.

# Lists the recipes.
default:
    @just --list

# Runs the whole suite, as continuous integration does.
check:
    tests/run

# Runs the Rust tests on SQLite; `just test locked` only those whose name holds «locked».
test *NAMES:
    tests/run --only sqlite -- {{ NAMES }}

# Runs the same tests on a PostgreSQL started for the occasion.
test-postgres *NAMES:
    tests/run --only postgres -- {{ NAMES }}

# Formats the code.
fmt:
    cargo fmt --all

# Runs two nodes on this machine that federate with each other; `just demo --reset` starts over.
demo *OPTIONS:
    cargo run --bin parvis -- demo {{ OPTIONS }}

# Writes config/parvis.example.toml and docs/configuration.md from the program itself.
docs:
    cargo run --bin parvis -- docs

# Measures how fast it is on both databases, beside limits taken in the same run (docs/performance.md); `just bench reads` a part.
bench *PARTS:
    tests/run --only bench -- {{ PARTS }}
