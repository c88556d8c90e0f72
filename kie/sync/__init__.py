"""What KIE publishes of its models, read, compared with the registry, and brought into it after a look.

sources (where pages come from) → pages (the OpenAPI document in one of them) → spec (id, endpoint, input) → gathering (one
model an id) → diff (what differs from the registry) → apply (a new registry). Nothing of a page is believed that does not
agree with itself: it is `Unreadable` with a reason, or its model carries `doubts`.
"""
