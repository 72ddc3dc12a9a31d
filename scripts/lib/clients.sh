# The clients of the end-to-end tests that Debian has no package of, each pinned by a lock file beside its program. To be sourced
# after packages.sh.

install_go() { command -v go >/dev/null || install_packages golang-go; }

# Debian's plain cargo is older than what the locked crates ask for; cargo-web is the one that it keeps up to date.
install_rust() {
  install_packages libssl-dev pkg-config
  command -v cargo >/dev/null && return 0
  install_packages cargo-web rustc-web
}

# Leaves build/e2e/node/node_modules, with Prisma's client generated from tests/e2e/node/schema.prisma. Prisma's command looks for
# its native engines, and downloads them, whether it needs them or not: told of any program in their place, it does not.
install_node_clients() {
  local source=$SP_ROOT/tests/e2e/node target=$SP_ROOT/build/e2e/node
  command -v npm >/dev/null || install_packages npm
  if ! cmp -s "$source/package-lock.json" "$target/installed-lock.json"; then
    say "installing the Node.js clients with npm"
    mkdir -p "$target"
    cp "$source/package.json" "$source/package-lock.json" "$target/"
    npm ci --ignore-scripts --no-audit --no-fund --prefix "$target" >&2 || die "npm ci failed"
    cp "$source/package-lock.json" "$target/installed-lock.json"
    rm -f "$target/schema.prisma"
  fi
  cmp -s "$source/schema.prisma" "$target/schema.prisma" && return 0
  cp "$source/schema.prisma" "$target/generating.prisma"
  (cd "$target" && PRISMA_HIDE_UPDATE_MESSAGE=1 CHECKPOINT_DISABLE=1 PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_QUERY_ENGINE_LIBRARY=/bin/true \
    node node_modules/prisma/build/index.js generate --schema generating.prisma >&2) || die "prisma generate failed"
  mv "$target/generating.prisma" "$target/schema.prisma"
}
