#include "backend/verifier_source.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

namespace sqlproxy::backend {
namespace {

// Answers when it is let, and writes down what it was asked.
struct Script {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::string> asked;
  int let = 0;  // how many questions may still be answered
  bool fails = false;

  void allow(int count) {
    const std::scoped_lock lock(mutex);
    let += count;
    changed.notify_all();
  }
  void wait_until_asked(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return asked.size() >= count; });
  }
};

class ScriptedLookup final : public VerifierLookup {
 public:
  explicit ScriptedLookup(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  core::Result<VerifierAnswer> look_up(const std::string& user, const std::stop_token& stop) override {
    std::unique_lock lock(script_->mutex);
    script_->asked.push_back(user);
    script_->changed.notify_all();
    const bool let = script_->changed.wait(lock, stop, [&] { return script_->let > 0; });
    if (let) --script_->let;
    if (!let || script_->fails) {
      return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure, "away");
    }
    if (user == "nobody") return VerifierAnswer{};
    return VerifierAnswer{std::make_shared<RoleVerifier>(), std::nullopt};
  }
  void rest() override {}

 private:
  std::shared_ptr<Script> script_;
};

class VerifierSourceTest : public ::testing::Test {
 protected:
  std::future<VerifierSource::Result> ask(const std::string& user) {
    auto promise = std::make_shared<std::promise<VerifierSource::Result>>();
    source.look_up(user, [promise](const VerifierSource::Result& result) { promise->set_value(result); });
    return promise->get_future();
  }

  std::shared_ptr<Script> script = std::make_shared<Script>();
  VerifierSource source{std::make_unique<ScriptedLookup>(script), std::chrono::hours(1)};
};

TEST_F(VerifierSourceTest, AsksAndRemembers) {
  script->allow(2);
  const auto found = ask("ann").get();
  ASSERT_TRUE(found);
  EXPECT_NE(*found, nullptr);
  EXPECT_EQ(source.remembered("ann"), *found);
  const auto nobody = ask("nobody").get();
  ASSERT_TRUE(nobody);
  EXPECT_EQ(*nobody, nullptr);
  EXPECT_EQ(source.remembered("nobody"), RoleVerifierPtr());
  EXPECT_FALSE(source.remembered("bob"));
  source.forget("ann");
  EXPECT_FALSE(source.remembered("ann"));
}

TEST_F(VerifierSourceTest, AllWhoWaitForANameShareOneLookup) {
  auto first = ask("ann");
  script->wait_until_asked(1);
  auto second = ask("ann");
  auto other = ask("bob");
  auto third = ask("ann");
  script->allow(2);
  EXPECT_EQ(*first.get(), *second.get());
  EXPECT_TRUE(third.get());
  EXPECT_TRUE(other.get());
  EXPECT_EQ(script->asked, (std::vector<std::string>{"ann", "bob"}));
}

TEST_F(VerifierSourceTest, AFailureIsForAllWhoWaitAndIsNotRemembered) {
  auto first = ask("ann");
  script->wait_until_asked(1);
  auto second = ask("bob");
  script->fails = true;
  script->allow(1);
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_EQ(script->asked.size(), 1U) << "a server that is away is not asked for each of them";
  EXPECT_FALSE(source.remembered("ann"));
  script->fails = false;
  script->allow(1);
  EXPECT_TRUE(ask("ann").get());
}

TEST_F(VerifierSourceTest, AStopAnswersEverybody) {
  auto first = ask("ann");
  script->wait_until_asked(1);
  auto second = ask("bob");
  source.stop();
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_FALSE(ask("carol").get());
}

TEST_F(VerifierSourceTest, QuestionsBeyondTheBoundAreRefusedAtOnce) {
  std::vector<std::future<VerifierSource::Result>> waiting;
  for (std::size_t i = 0; i < VerifierSource::kMaxPending; ++i) waiting.push_back(ask("user" + std::to_string(i)));
  EXPECT_FALSE(ask("one too many").get());
  source.stop();
}

}  // namespace
}  // namespace sqlproxy::backend
