# Category page.
category-archived = This category is archived: it can be read, but takes no more posts.
category-filling = This category is filling up: { $done } { $done ->
    [one] topic
   *[other] topics
} of about { $total }.
category-filling-open = This category is filling up: { $done } { $done ->
    [one] topic
   *[other] topics
} so far.
category-unreachable = The node { $host } has not answered since { $date }: you are reading a copy.
category-edit = Edit the category
category-topics = Topics
category-aside = About the category
category-take-part = Take part from the Fediverse
category-fediverse = This category is a group of the Fediverse. From Mastodon or a compatible application, search for <strong class="mono">{ $handle }</strong> and follow it: you will get its new topics and can reply to them. To open a topic, mention this address in a public post.
category-charter = Charter
category-links = Linked categories
category-moderators = Moderators
link-waiting = waiting for agreement
category-empty = No topic yet
category-empty-text = Topics of this category will appear here. Be the first to ask a question.
category-no-match = No topic with these filters
category-no-match-text = Widen the search by removing a filter.
new-topic = New topic
filter-sort = Order
filter-kind = Kind
filter-state = State
filter-tag = Tag
filter-language = Language
filter-all = All
filter-apply = Apply
filter-reset = Remove the filters
filter-state-solved = Solved
filter-state-unanswered = Without reply
sort-active = Last activity
sort-new = Newest
sort-top = Most helpful
