#include "audit/message_vocabulary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sqlproxy::audit {
namespace {

// Sorted, lower-case, separated by one space or line end.
constexpr std::string_view kText =
    R"(a abort aborted above absolute abstime accept access across active actual adding additional after again against
aggregate alias all allocate allocated allow allowed already also alter although always ambiguous an analyze and
another any anyarray anyelement append apply are argument arguments array arrays as assertion assigned assignment
associated at attach attached attempt attempted attribute attributes authentication authorization automatic available
aware away back backend backends bad base be because been before begin behind being below between beyond bigint binary
bind bit block blocks body boolean both bound bounds branch btree buffer but by byte bytea bytes cache call called
caller can cancel canceled canceling cannot cascade case cast catalog chain change changed changing char character
characters check checkpoint class clause close closed coalesce code collation collations column columns combine
command commands comment commit committed common comparison compatible compile complete composite compressed
compression concurrent concurrently condition conf configuration configured conflict conflicting conflicts connect
connected connection connections consistent constraint constraints contain contained contains content context control
conversion convert converted copy correlation corresponding corrupt corrupted could count create created creating
cross current currently cursor cursors cycle data database databases date day deadlock declare declared deep default
defaults deferrable deferred define defined definition delete deleted delimiter delimiters denied depend dependency
depends depth descriptor deserialize destination detach detected determine determined dictionary did different differs
dimension dimensions directly directory disabled discard disk distinct division do does domain done double down drop
dropped dropping due duplicate duplicated during each earlier either element elements empty enable enabled encoding
end ended enough ensure entries entry enum enumeration error errors escape event every exceeded exceeds except exclude
exclusion exclusive execute executed executing execution exist existing exists expected explain explicit expression
expressions extended extension extra fail failed failure fatal feature fetch few field fields file files filter finish
first float flush following for force foreign form format found frame from full function functions generated generic
get given global grant granted greater group grouping handle handler has hash have having header held hex hint hold
host identifier identity idle if ignored immediate immutable implemented implicit implicitly import in include
included including inconsistent incorrect index indexes infinite infinity inherit inheritance inherited inherits
initial inline inner input insert inserted inside instead insufficient integer integers interface internal interrupted
intersect interval into invalid invoked involving is isolation it item its itself join json jsonb key keys keyword
kind label language large last lateral lc least left length less level levels library like limit line lines list
literal load loaded local location lock locked locks log logical long longer loop lost lower macro maintenance make
malformed many map mapped mark marked match matches matching materialized max maximum may mean memory merge message
method min minimum mismatch missing mixed mode modified modifier modify modulus more most move multidimensional
multiple multirange must mutable name named names natural near nested never new next no non none nonexistent
nonnegative nonstandard normal not nothing notify null nulls number numbers numeric object objects odd of off offset
oid old on once one only open operand operands operation operations operator operators option optional options or
order ordered ordinality other out outer outside over overflow overlap overlapping overlaps override owned owner page
parallel parameter parameters parse parser part partition partitioned partitions path pattern pending per percent
perform permission permitted pid place plan policy portal portals position positive possible postmaster precision
prefix prepare prepared preparing present previous primary privilege privileges procedural procedure procedures
process produce program prohibited protocol provide provided publication query quote quoted range ranges reached read
real reason received record recovery recursion recursive redundant refer reference referenced references referencing
referential refresh regular reject rejected relation relations relative release rename replace replica replication
requested require required requires reserved reset resolve resource restart restrict restricted restriction result
results retrieve retry return returned returning returns revoke right role roles roll rollback rolled root row rows
rule rules run running same savepoint scalar scale scan schema schemas search second security seek select self
semicolon sequence serial serialization serialize server session sessions set sets setting settings setup several
shape share shared should shut shutdown shutting side signal simple simultaneously single size slot slots small
smallint snapshot some sort source space special specification specified specify sql stable stack standard start
started starting state statement statements static statistics stop storage stored strategy stream strict string
strings structure style subquery subscript subscription subscripts subset substitution substring succeeded such sum
supplied support supported surrogate syntax system table tables tablespace target temp template temporary term
terminate terminated terminating text than that the their then there these this those through time timed timeline
timeout times timestamp timestamptz timetz timezone to together token too top total trailing transaction transactions
transfer transform transition translation trigger triggers true truncate truncated tuple tuples two type types typmod
unable unbounded undefined under underlying unexpected unicode union unique unit units unknown unlisten unlogged
unnamed unrecognized unsafe unsupported unterminated until unused up update updated updating upper usage use used user
uses using utf uuid vacuum valid validate validated validator value values variable variables variadic varying version
via view views violate violated violates violating violation visible volatile wait waiting wal was way were when where
which while whitespace whole whose width will window with within without work worker would wrapper write writing
written wrong xid xml year yet you zero zone)";

constexpr bool is_separator(char c) {
  return c == ' ' || c == '\n';
}

constexpr auto kWords = [] {
  std::array<std::string_view, std::ranges::count_if(kText, is_separator) + 1> words{};
  std::size_t at = 0;
  for (std::string_view& word : words) {
    const std::size_t end = std::min(kText.find_first_of(" \n", at), kText.size());
    word = kText.substr(at, end - at);
    at = end + 1;
  }
  return words;
}();
static_assert(std::ranges::is_sorted(kWords));

constexpr std::size_t kLongestWord = std::ranges::max_element(kWords, {}, &std::string_view::size)->size();

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_message_word(std::string_view word) {
  if (word.empty() || word.size() > kLongestWord) return false;
  std::array<char, kLongestWord> lower{};
  std::ranges::transform(word, lower.begin(), to_lower);
  return std::ranges::binary_search(kWords, std::string_view(lower.data(), word.size()));
}

}  // namespace sqlproxy::audit
