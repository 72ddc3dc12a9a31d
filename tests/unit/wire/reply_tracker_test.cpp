#include "wire/reply_tracker.hpp"

#include <gtest/gtest.h>

#include "wire/message_writer.hpp"
#include "wire/messages/error_response.hpp"

namespace sqlproxy::wire {
namespace {

using Request = ReplyTracker::Request;
using Treatment = ReplyTracker::Treatment;
using Verdict = ReplyTracker::Verdict;

// Writes down what it is told: "result 1", "ready 2 I" ... with the entries' payloads.
class Recorder final : public ReplyTracker::Observer {
 public:
  void on_result(const ReplyTracker::Entry& entry, ReplyTracker::Result result, std::string_view body) override {
    using enum ReplyTracker::Result;
    std::string what = result == command_complete ? "result" : result == empty_query ? "empty" : "suspended";
    if (result == command_complete) (what += ' ') += body.substr(0, body.size() - 1);
    note(what, entry);
  }
  void on_success(const ReplyTracker::Entry& entry) override { note("success", entry); }
  void on_failure(const ReplyTracker::Entry& entry, std::string_view body) override {
    note("failure " + std::string(ErrorResponse::decode_prefix(body).sqlstate().text()), entry);
  }
  void on_skip(const ReplyTracker::Entry& entry) override { note("skip", entry); }
  void on_ready(const ReplyTracker::Entry& entry, TransactionStatus status) override {
    note(std::string("ready ") + static_cast<char>(status), entry);
  }

  // Everything since the last call.
  std::string take() { return std::exchange(notes_, {}); }

 private:
  void note(const std::string& what, const ReplyTracker::Entry& entry) {
    if (!notes_.empty()) notes_ += ", ";
    notes_ += what + " #" + std::to_string(entry.payload);
  }

  std::string notes_;
};

class ReplyTrackerTest : public ::testing::Test {
 protected:
  Verdict on(BackendType type, std::string_view body = {}) { return tracker.on_message(type, body); }
  Verdict on_ready(char status) { return on(BackendType::ReadyForQuery, {&status, 1}); }
  Verdict on_complete(std::string_view tag) { return on(BackendType::CommandComplete, std::string(tag) + '\0'); }
  Verdict on_error(std::string_view sqlstate = "22012") {
    return on(BackendType::ErrorResponse, "C" + std::string(sqlstate) + std::string(2, '\0'));
  }
  // P B D E, with payloads first to first + 3.
  void push_extended(std::uint32_t first) {
    for (const Request request : {Request::parse, Request::bind, Request::describe, Request::execute}) {
      tracker.push(request, Treatment::forward, first++);
    }
  }
  std::string take_local() {
    std::string out;
    tracker.take_local(out);
    return out;
  }

  Recorder recorder;
  ReplyTracker tracker{recorder};
};

TEST_F(ReplyTrackerTest, AQueryEndsTheBatchBeforeItWhenTheServerIsIdleBehindIt) {
  tracker.push(Request::parse, Treatment::forward, 1);
  tracker.push(Request::query, Treatment::forward, 2);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_TRUE(tracker.batch_open());
  EXPECT_EQ(on_complete("SELECT 1"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_FALSE(tracker.batch_open());
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, AQueryOfSeveralStatementsEndsWithReadyForQuery) {
  EXPECT_TRUE(tracker.idle());
  EXPECT_TRUE(tracker.push(Request::query, Treatment::forward, 1));
  EXPECT_FALSE(tracker.idle());
  for (int statement = 0; statement < 2; ++statement) {
    EXPECT_EQ(on(BackendType::RowDescription), Verdict::forward);
    EXPECT_EQ(on(BackendType::DataRow), Verdict::forward);
    EXPECT_EQ(on_complete("SELECT 1"), Verdict::forward);
  }
  EXPECT_EQ(on(BackendType::EmptyQueryResponse), Verdict::forward);
  EXPECT_EQ(recorder.take(), "result SELECT 1 #1, result SELECT 1 #1, empty #1");
  EXPECT_FALSE(tracker.empty());
  EXPECT_EQ(on_ready('T'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "ready T #1");
  EXPECT_TRUE(tracker.empty());
  EXPECT_FALSE(tracker.idle()) << "a transaction is open";
  EXPECT_EQ(tracker.status(), TransactionStatus::in_transaction);
  tracker.push(Request::query, Treatment::forward, 2);
  EXPECT_EQ(on_complete("COMMIT"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, AnExtendedQuery) {
  push_extended(1);
  EXPECT_TRUE(tracker.batch_open());
  tracker.push(Request::close, Treatment::forward, 5);
  tracker.push(Request::sync, Treatment::forward, 6);
  EXPECT_FALSE(tracker.batch_open());
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(on(BackendType::BindComplete), Verdict::forward);
  EXPECT_EQ(on(BackendType::ParameterDescription), Verdict::forward);
  EXPECT_EQ(recorder.take(), "success #1, success #2");
  EXPECT_EQ(on(BackendType::RowDescription), Verdict::forward);
  EXPECT_EQ(on(BackendType::DataRow), Verdict::forward);
  EXPECT_EQ(on(BackendType::PortalSuspended), Verdict::forward);
  EXPECT_EQ(on(BackendType::CloseComplete), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "success #3, suspended #4, success #5, ready I #6");
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, ABatchWithoutSyncIsNotIdleWhenAllIsAnswered) {
  tracker.push(Request::parse, Treatment::forward, 1);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_TRUE(tracker.empty());
  EXPECT_FALSE(tracker.idle());
  tracker.push(Request::sync);
  EXPECT_FALSE(tracker.idle());
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, AnErrorSkipsToTheNextSyncAndNoFurther) {
  push_extended(1);
  tracker.push(Request::query, Treatment::forward, 5);
  tracker.push(Request::sync, Treatment::forward, 6);
  tracker.push(Request::parse, Treatment::forward, 7);
  tracker.push(Request::sync, Treatment::forward, 8);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(on_error(), Verdict::forward);
  EXPECT_EQ(recorder.take(), "success #1, failure 22012 #2, skip #3, skip #4, skip #5");
  EXPECT_FALSE(tracker.skipping());
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "ready I #6, success #7, ready I #8");
}

TEST_F(ReplyTrackerTest, WhatIsSentBehindAnErrorIsSkippedUpToTheSync) {
  tracker.push(Request::bind, Treatment::forward, 1);
  EXPECT_EQ(on_error(), Verdict::forward);
  EXPECT_TRUE(tracker.skipping());
  EXPECT_TRUE(tracker.empty());
  EXPECT_FALSE(tracker.push(Request::execute, Treatment::forward, 2));
  EXPECT_FALSE(tracker.push(Request::query, Treatment::forward, 3));
  EXPECT_FALSE(tracker.push(Request::function_call, Treatment::forward, 4));
  EXPECT_FALSE(tracker.push(Request::bind, Treatment::replace_error, 5, "denied"));
  EXPECT_TRUE(tracker.empty());
  EXPECT_FALSE(tracker.idle());
  EXPECT_TRUE(tracker.push(Request::sync, Treatment::forward, 6));
  EXPECT_FALSE(tracker.skipping());
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "failure 22012 #1, skip #2, skip #3, skip #4, skip #5, ready I #6");
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, AnErrorOfAQueryEndsThatQueryOnly) {
  tracker.push(Request::query, Treatment::forward, 1);
  tracker.push(Request::query, Treatment::forward, 2);
  EXPECT_EQ(on_error("42P01"), Verdict::forward);
  EXPECT_TRUE(tracker.head().failed);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_FALSE(tracker.head().failed);
  EXPECT_EQ(on_complete("SELECT 0"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "failure 42P01 #1, ready I #1, result SELECT 0 #2, ready I #2");
}

// A deferred constraint fails when the Sync commits.
TEST_F(ReplyTrackerTest, ASyncMayFail) {
  tracker.push(Request::execute, Treatment::forward, 1);
  tracker.push(Request::sync, Treatment::forward, 2);
  tracker.push(Request::parse, Treatment::forward, 3);
  EXPECT_EQ(on_complete("INSERT 0 1"), Verdict::forward);
  EXPECT_EQ(on_error("23503"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(recorder.take(), "result INSERT 0 1 #1, failure 23503 #2, ready I #2, success #3");
}

TEST_F(ReplyTrackerTest, FunctionCalls) {
  tracker.push(Request::function_call, Treatment::forward, 1);
  EXPECT_EQ(on(BackendType::FunctionCallResponse), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  tracker.push(Request::function_call, Treatment::forward, 2);
  EXPECT_EQ(on_error("42883"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "success #1, ready I #1, failure 42883 #2, ready I #2");
}

TEST_F(ReplyTrackerTest, AsynchronousMessagesAnswerNothing) {
  for (int round = 0; round < 2; ++round) {
    for (const BackendType type :
         {BackendType::NoticeResponse, BackendType::ParameterStatus, BackendType::NotificationResponse}) {
      EXPECT_EQ(on(type), Verdict::forward);
    }
    tracker.push(Request::parse, Treatment::swallow, 1);
  }
  EXPECT_EQ(recorder.take(), "");
  EXPECT_EQ(tracker.size(), 2U);
}

TEST_F(ReplyTrackerTest, APoisonsErrorIsReplaced) {
  tracker.push(Request::parse, Treatment::forward, 1);
  tracker.push(Request::bind, Treatment::replace_error, 2, "the denial");
  tracker.push(Request::execute, Treatment::forward, 3);
  tracker.push(Request::sync, Treatment::forward, 4);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(on_error("26000"), Verdict::replace);
  EXPECT_EQ(tracker.replacement(), "the denial");
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "success #1, failure 26000 #2, skip #3, ready I #4");

  tracker.push(Request::query, Treatment::replace_error, 5, "another");
  EXPECT_EQ(on_error("42601"), Verdict::replace);
  EXPECT_EQ(tracker.replacement(), "another");
  EXPECT_EQ(on_ready('I'), Verdict::forward);
}

TEST_F(ReplyTrackerTest, InAFailedTransactionTheDenialIsPostgresqlsOwnError) {
  tracker.push(Request::query, Treatment::replace_error, 1, "the denial");
  EXPECT_EQ(on_error("25P02"), Verdict::forward);
  EXPECT_EQ(on_ready('E'), Verdict::forward);
  // What precedes that precedes the denial's text as well.
  tracker.push(Request::parse, Treatment::replace_error, 2, "another");
  EXPECT_EQ(on_error("42601"), Verdict::replace);
  EXPECT_EQ(tracker.replacement(), "another");
}

TEST_F(ReplyTrackerTest, TheFirstPartOfAQueryEndsUnseenUnlessItFails) {
  tracker.push_first_part(1);
  EXPECT_EQ(on(BackendType::CommandComplete, std::string("ROLLBACK") + '\0'), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::swallow);
  tracker.push_first_part(2);
  EXPECT_EQ(on_error("3B001"), Verdict::forward);
  EXPECT_EQ(on_ready('E'), Verdict::forward);
}

TEST_F(ReplyTrackerTest, AnErrorBeforeAPoisonIsPassedOn) {
  tracker.push(Request::parse, Treatment::forward, 1);
  tracker.push(Request::bind, Treatment::replace_error, 2, "the denial");
  EXPECT_EQ(on_error(), Verdict::forward);
  EXPECT_EQ(recorder.take(), "failure 22012 #1, skip #2");
}

TEST_F(ReplyTrackerTest, APoisonThatSucceedsIsAViolation) {
  const auto after = [](Request request, auto... answer) {
    Recorder ignored;
    ReplyTracker fresh(ignored);
    fresh.push(request, Treatment::replace_error, 1, "the denial");
    return fresh.on_message(answer...);
  };
  EXPECT_EQ(after(Request::bind, BackendType::BindComplete, ""), Verdict::violation);
  EXPECT_EQ(after(Request::query, BackendType::RowDescription, ""), Verdict::violation);
  EXPECT_EQ(after(Request::query, BackendType::CommandComplete, std::string_view("X\0", 2)), Verdict::violation);
  EXPECT_EQ(after(Request::query, BackendType::EmptyQueryResponse, ""), Verdict::violation);
  EXPECT_EQ(after(Request::query, BackendType::CopyInResponse, ""), Verdict::violation);
  EXPECT_EQ(after(Request::query, BackendType::ReadyForQuery, "I"), Verdict::violation);
  EXPECT_EQ(after(Request::function_call, BackendType::FunctionCallResponse, ""), Verdict::violation);
}

TEST_F(ReplyTrackerTest, APoisonThatSucceedsIsNotReportedAsASuccess) {
  tracker.push(Request::function_call, Treatment::replace_error, 1, "the denial");
  EXPECT_EQ(on(BackendType::FunctionCallResponse), Verdict::violation);
  EXPECT_EQ(recorder.take(), "");
}

TEST_F(ReplyTrackerTest, TheProxysOwnMessagesAreKeptFromTheClient) {
  tracker.push(Request::query, Treatment::swallow, 1);
  EXPECT_EQ(on(BackendType::RowDescription), Verdict::swallow);
  EXPECT_EQ(on(BackendType::DataRow), Verdict::swallow);
  EXPECT_EQ(on_complete("SELECT 1"), Verdict::swallow);
  EXPECT_EQ(on_error(), Verdict::swallow);
  EXPECT_EQ(on_ready('I'), Verdict::swallow);
  tracker.push(Request::parse, Treatment::swallow, 2);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::swallow);
}

TEST_F(ReplyTrackerTest, LocalAnswersKeepTheirPlace) {
  tracker.push(Request::query, Treatment::forward, 1);
  tracker.push(Request::local, Treatment::forward, 0, "first");
  tracker.push(Request::local, Treatment::forward, 0, "second");
  tracker.push(Request::query, Treatment::forward, 2);
  tracker.push(Request::local, Treatment::forward, 0, "third");
  EXPECT_EQ(take_local(), "");
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(take_local(), "firstsecond");
  EXPECT_EQ(take_local(), "");
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(take_local(), "third");
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, GroupsAreCountedAsTheyAreAnswered) {
  EXPECT_EQ(tracker.current_group(), 1U);
  tracker.push(Request::parse);
  tracker.push(Request::sync);
  EXPECT_EQ(tracker.current_group(), 2U);
  tracker.push(Request::query);
  EXPECT_EQ(tracker.current_group(), 3U);
  EXPECT_EQ(tracker.resolved_group(), 0U);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(tracker.resolved_group(), 0U);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(tracker.resolved_group(), 1U);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(tracker.resolved_group(), 2U);
}

TEST_F(ReplyTrackerTest, CopyInOfASimpleQuery) {
  tracker.push(Request::query, Treatment::forward, 1);
  EXPECT_EQ(on(BackendType::CopyInResponse), Verdict::forward);
  EXPECT_TRUE(tracker.in_copy_in());
  EXPECT_FALSE(tracker.copy_end_sent());
  tracker.push(Request::copy_end);
  EXPECT_TRUE(tracker.copy_end_sent());
  EXPECT_EQ(on_complete("COPY 3"), Verdict::forward);
  EXPECT_FALSE(tracker.in_copy_in());
  // A second COPY of the same message.
  EXPECT_EQ(on(BackendType::CopyInResponse), Verdict::forward);
  EXPECT_FALSE(tracker.copy_end_sent());
  tracker.push(Request::copy_end);
  EXPECT_EQ(on_complete("COPY 0"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
  EXPECT_EQ(recorder.take(), "result COPY 3 #1, result COPY 0 #1, ready I #1");
}

// Drivers send Sync before they know that it is a COPY; the server swallows it (protocol.md 5.4).
TEST_F(ReplyTrackerTest, ACopySwallowsTheSyncsBeforeItsEnd) {
  push_extended(1);
  tracker.push(Request::sync, Treatment::forward, 5);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(on(BackendType::BindComplete), Verdict::forward);
  EXPECT_EQ(on(BackendType::NoData), Verdict::forward);
  EXPECT_EQ(on(BackendType::CopyInResponse), Verdict::forward);
  EXPECT_EQ(tracker.size(), 1U);
  EXPECT_TRUE(tracker.batch_open());
  tracker.push(Request::copy_end);
  tracker.push(Request::sync, Treatment::forward, 6);
  EXPECT_EQ(on_complete("COPY 1"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
  EXPECT_EQ(recorder.take(), "success #1, success #2, success #3, result COPY 1 #4, ready I #6");
}

// All of it sent before the server has said a word.
TEST_F(ReplyTrackerTest, ACopyAndItsDataMayBeSentAtOnce) {
  tracker.push(Request::execute, Treatment::forward, 1);
  tracker.push(Request::sync, Treatment::forward, 2);
  tracker.push(Request::copy_end);
  tracker.push(Request::sync, Treatment::forward, 3);
  tracker.push(Request::query, Treatment::forward, 4);
  EXPECT_EQ(on(BackendType::CopyInResponse), Verdict::forward);
  EXPECT_TRUE(tracker.copy_end_sent());
  EXPECT_FALSE(tracker.batch_open());
  EXPECT_EQ(on_complete("COPY 1"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "result COPY 1 #1, ready I #3");
  EXPECT_EQ(on_complete("SELECT 1"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
}

// When the COPY fails before it begins, the first Sync does get its answer, and CopyDone is ignored.
TEST_F(ReplyTrackerTest, ACopyThatFailsBeforeItBeginsLeavesTheSyncs) {
  tracker.push(Request::execute, Treatment::forward, 1);
  tracker.push(Request::sync, Treatment::forward, 2);
  tracker.push(Request::copy_end);
  tracker.push(Request::sync, Treatment::forward, 3);
  EXPECT_EQ(on_error(), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(recorder.take(), "failure 22012 #1, ready I #2, ready I #3");
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, ACopyThatFailsWhileTheClientSends) {
  tracker.push(Request::query, Treatment::forward, 1);
  EXPECT_EQ(on(BackendType::CopyInResponse), Verdict::forward);
  EXPECT_EQ(on_error("22P02"), Verdict::forward);
  EXPECT_FALSE(tracker.in_copy_in());
  tracker.push(Request::copy_end);  // on its way already; the server ignores it
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());

  tracker.push(Request::execute, Treatment::forward, 2);
  EXPECT_EQ(on(BackendType::CopyInResponse), Verdict::forward);
  EXPECT_EQ(on_error("22P02"), Verdict::forward);
  EXPECT_TRUE(tracker.skipping());
  EXPECT_FALSE(tracker.push(Request::copy_end));
  tracker.push(Request::sync, Treatment::forward, 3);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, AStrayCopyDoneIsForgotten) {
  tracker.push(Request::copy_end);
  EXPECT_TRUE(tracker.idle());
  tracker.push(Request::query, Treatment::forward, 1);
  tracker.push(Request::copy_end);
  tracker.push(Request::query, Treatment::forward, 2);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_EQ(tracker.head().payload, 2U);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
  EXPECT_TRUE(tracker.idle());
}

TEST_F(ReplyTrackerTest, WhatTheServerDoesForTheProxyAlone) {
  tracker.push(Request::query, Treatment::swallow, 1);
  tracker.push(Request::parse, Treatment::swallow_success, 2);
  tracker.push(Request::bind, Treatment::forward, 3);
  tracker.push(Request::sync);
  EXPECT_TRUE(tracker.head_group_is_own());
  EXPECT_EQ(on_ready('I'), Verdict::swallow);
  EXPECT_TRUE(tracker.head().is_own());
  EXPECT_FALSE(tracker.head_group_is_own()) << "the answer may come with that of the client's message only";
  tracker.abandon();
  tracker.push(Request::close, Treatment::swallow, 1);
  tracker.push(Request::sync, Treatment::swallow);
  tracker.push(Request::query, Treatment::forward, 2);
  EXPECT_TRUE(tracker.head_group_is_own());
}

TEST_F(ReplyTrackerTest, CopyOut) {
  tracker.push(Request::query, Treatment::forward, 1);
  EXPECT_EQ(on(BackendType::CopyOutResponse), Verdict::forward);
  EXPECT_EQ(on(BackendType::CopyData), Verdict::forward);
  EXPECT_EQ(on(BackendType::CopyDone), Verdict::forward);
  EXPECT_EQ(on_complete("COPY 1"), Verdict::forward);
  EXPECT_EQ(on_ready('I'), Verdict::forward);
}

TEST_F(ReplyTrackerTest, AFarewellNeedsNoRequest) {
  EXPECT_EQ(on_error("57P01"), Verdict::forward);
  EXPECT_EQ(recorder.take(), "");
  EXPECT_TRUE(tracker.idle());
  tracker.push(Request::parse);
  EXPECT_EQ(on(BackendType::ParseComplete), Verdict::forward);
  EXPECT_EQ(on_error("57P01"), Verdict::forward);
  EXPECT_TRUE(tracker.skipping()) << "the batch is lost";
}

TEST_F(ReplyTrackerTest, AnswersToNothingAreViolations) {
  const std::string every = "12CdGHDIVntszTZRKWv?";
  for (const char type : every) {
    if (type == 'z') continue;
    EXPECT_EQ(on(static_cast<BackendType>(type), type == 'Z' ? "I" : ""), Verdict::violation) << type;
  }
  EXPECT_EQ(recorder.take(), "");
}

TEST_F(ReplyTrackerTest, AnswersToAnotherRequestAreViolations) {
  struct Case {
    Request request;
    std::string_view refused;
  };
  for (const auto& [request, refused] :
       {Case{Request::query, "123ntVsWRKv"}, Case{Request::parse, "23ntTDCIsZVGHd"},
        Case{Request::bind, "13ntTDCIsZVGHd"}, Case{Request::describe, "123DCIsZVGHd"},
        Case{Request::execute, "123ntTZV"}, Case{Request::close, "12ntTDCIsZVGHd"},
        Case{Request::sync, "123ntTDCIsVGHd"}, Case{Request::function_call, "123ntTDCIsGHd"}}) {
    for (const char type : refused) {
      Recorder ignored;
      ReplyTracker fresh(ignored);
      fresh.push(request, Treatment::forward, 1);
      EXPECT_EQ(fresh.on_message(static_cast<BackendType>(type), type == 'Z' ? "I" : ""), Verdict::violation)
          << static_cast<int>(request) << ' ' << type;
      EXPECT_EQ(ignored.take(), "") << static_cast<int>(request) << ' ' << type;
    }
  }
}

TEST_F(ReplyTrackerTest, AnUnknownStatusIsAViolation) {
  tracker.push(Request::query);
  EXPECT_EQ(on_ready('X'), Verdict::violation);
  EXPECT_EQ(on(BackendType::ReadyForQuery, ""), Verdict::violation);
}

}  // namespace
}  // namespace sqlproxy::wire
