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
links-title = Linked categories
links-what = Two linked categories of two nodes carry each other’s topics, marked with their origin. A topic stays in its own category: replies go back there.
links-requests = Requests of other nodes
links-request-what = Follows this category already, and asks that yours carry its topics too, since
links-no-request = No request.
links-accept = Accept
links-refuse = Refuse
links-refuse-hint = A refusal holds for later requests too, until you ask for the link yourself.
links-linked = Links
links-waiting = { $n ->
    [one] A category of another node asks to be linked
   *[other] { $n } categories of other nodes ask to be linked
 }
links-none = No link.
links-end = End the link
links-end-hint = Ending holds for both directions. What was carried until then can still be read in each category.
links-ask = Ask for a link
links-category = Your category
links-other = The category of the other node
links-other-hint = Its full name, such as @integration@forum.ministere.example, or its address.
links-ask-button = Ask for the link
links-no-category = No category can be linked.
link-ours-yes = You carry its topics.
link-ours-waiting = Your request waits for its server’s answer.
link-ours-no = You don’t carry its topics.
link-ours-refused = Its server refused or ended the link.
link-theirs-yes = It follows your category.
link-theirs-waiting = It asks to follow your category.
link-theirs-no = It doesn’t carry your topics: its moderators haven’t accepted yet.
link-theirs-refused = You refused that it carry your topics.
