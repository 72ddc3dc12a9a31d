#pragma once

#include <string>
#include <string_view>

namespace sqlproxy::frontend {

// What goes to a peer with the next write. Bytes that are relayed as they came are referred to in the input buffer as
// long as nothing of our own stands between them; a copy is made only when something does. So a batch of relayed
// messages goes out as it came in: one write, no copy.
//
// Views given to relay() must stay valid until the batch is written or cleared. Not thread-safe.
class OutputBatch {
 public:
  // Adds bytes of the input buffer.
  void relay(std::string_view bytes) {
    if (bytes.empty()) return;
    if (own_.empty() && (run_.empty() || run_.data() + run_.size() == bytes.data())) {
      run_ = run_.empty() ? bytes : std::string_view(run_.data(), run_.size() + bytes.size());
      return;
    }
    own() += bytes;
  }

  // The buffer for bytes of our own; append only.
  [[nodiscard]] std::string& own() {
    if (!run_.empty()) {
      own_.assign(run_);
      run_ = {};
    }
    return own_;
  }

  [[nodiscard]] std::string_view view() const { return own_.empty() ? run_ : std::string_view(own_); }
  [[nodiscard]] bool empty() const { return own_.empty() && run_.empty(); }

  void clear() {
    run_ = {};
    own_.clear();
    // An answer of our own is short; what a copied batch of rows took is given back.
    if (own_.capacity() > kKeptCapacity) own_.shrink_to_fit();
  }

 private:
  static constexpr std::size_t kKeptCapacity = 1024;

  std::string_view run_;
  std::string own_;
};

}  // namespace sqlproxy::frontend
