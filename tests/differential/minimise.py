"""Makes a failing case small: without steps, then messages, then everything else that it also fails without."""

from dataclasses import replace


class Budget:
    """How many plays are still allowed."""

    def __init__(self, plays):
        self.left = plays


def minimise(case, fails, plays=400):
    """`fails(case)` plays it. Gives a case that fails too, and from which nothing more could be taken."""
    budget = Budget(plays)

    def attempt(candidate):
        if budget.left <= 0 or not candidate.steps:
            return False
        budget.left -= 1
        return fails(candidate)

    while True:
        before = case.to_json()
        case = _simpler(case, attempt)
        case = case.with_steps(_reduced(case.steps, lambda steps: attempt(case.with_steps(steps))))
        case = _shorter_steps(case, attempt)
        if case.to_json() == before or budget.left <= 0:
            return case


def _reduced(items, fails):
    """Delta debugging: the items without every chunk that is not needed for the failure."""
    size = max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(items):
            candidate = items[:at] + items[at + size:]
            if candidate and fails(candidate):
                items = candidate
            else:
                at += size
        if size == 1:
            return items
        size //= 2


def _shorter_steps(case, attempt):
    for number in reversed(range(len(case.steps))):
        who, *messages = case.steps[number]

        def with_messages(candidate, number=number, who=who):
            return case.with_steps([*case.steps[:number], [who, *candidate], *case.steps[number + 1:]])

        messages = _reduced(messages, lambda candidate: attempt(with_messages(candidate)))
        messages = _shorter_texts(messages, lambda candidate: attempt(with_messages(candidate)))
        case = with_messages(messages)
    return case


def _shorter_texts(messages, fails):
    """Fewer statements in each Query."""
    for at, message in enumerate(messages):
        if message[0] == "query" and "; " in message[1] and "$$" not in message[1]:
            texts = _reduced(message[1].split("; "), lambda texts, at=at: fails([*messages[:at], ["query", "; ".join(texts)], *messages[at + 1:]]))
            messages = [*messages[:at], ["query", "; ".join(texts)], *messages[at + 1:]]
    return messages


def _simpler(case, attempt):
    changes = [{"cut": None}, {"parameters": []}]
    if not any(step[0] == 1 for step in case.steps):
        changes.append({"sessions": 1})
    for change in changes:
        candidate = replace(case, **change)
        if candidate != case and attempt(candidate):
            case = candidate
    return case
