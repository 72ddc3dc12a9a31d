#include "app/terminal.hpp"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace sqlproxy::app {

namespace {

constexpr std::array kEndingSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

volatile sig_atomic_t caught_signal = 0;

void note_signal(int signal) {
  caught_signal = signal;
}

// Turns the echo off while it lives. The signals that would end the process only interrupt read() meanwhile; the
// destructor restores the terminal first and then lets the one that came have its way.
class HiddenInput {
 public:
  HiddenInput() {
    caught_signal = 0;
    struct sigaction noting{};
    noting.sa_handler = note_signal;  // without SA_RESTART: read() ends with EINTR
    sigemptyset(&noting.sa_mask);
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i) sigaction(kEndingSignals[i], &noting, &before_[i]);
    if (tcgetattr(STDIN_FILENO, &shown_) != 0) return;
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
  }

  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;

  ~HiddenInput() {
    if (hidden_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_);
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i) sigaction(kEndingSignals[i], &before_[i], nullptr);
    if (caught_signal != 0) raise(caught_signal);
  }

  [[nodiscard]] bool is_hidden() const { return hidden_; }

 private:
  termios shown_{};
  bool hidden_ = false;
  std::array<struct sigaction, kEndingSignals.size()> before_{};
};

void say(std::string_view text) {
  // Nothing can be done about a terminal that does not take a prompt.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

// A line without its newline; nothing at the end of the input.
std::optional<core::Secret> read_line() {
  std::string line;
  char c = 0;
  ssize_t got = 0;
  while ((got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') line.push_back(c);
  core::Secret secret(line);
  core::secure_zero(line.data(), line.size());
  if (got != 1) return std::nullopt;
  return secret;
}

}  // namespace

bool stdin_is_terminal() {
  return isatty(STDIN_FILENO) == 1;
}

std::optional<core::Secret> read_hidden_line(std::string_view prompt) {
  std::optional<core::Secret> line;
  {
    const HiddenInput input;
    if (!input.is_hidden()) return std::nullopt;
    say(prompt);
    line = read_line();
    say("\n");
  }
  return line;
}

}  // namespace sqlproxy::app
