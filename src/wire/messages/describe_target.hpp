#pragma once

namespace sqlproxy::wire {

// What a Describe or a Close speaks of.
enum class DescribeTarget : char { statement = 'S', portal = 'P' };

}  // namespace sqlproxy::wire
