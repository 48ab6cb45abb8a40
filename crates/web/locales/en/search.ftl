# Search.
search-title = Search
search-title-for = Search: { $query }
search-words = Words to look for
search-words-hint = Words, or a Fediverse address such as @support@server.
search-type = Look among
search-type-topic = Topics
search-type-post = Posts
search-type-category = Categories
search-type-person = People
search-author = Published by (handle)
search-affiliation = Affiliation
search-solved = Solved only
search-sort-relevance = Relevance
search-sort-date = Date
search-count-topic = { $n ->
    [one] { $n } topic found
   *[other] { $n } topics found
 }
search-count-post = { $n ->
    [one] { $n } post found
   *[other] { $n } posts found
 }
search-count-category = { $n ->
    [one] { $n } category found
   *[other] { $n } categories found
 }
search-count-person = { $n ->
    [one] { $n } person found
   *[other] { $n } people found
 }
search-none = Nothing matches
search-none-text = Try fewer words, another kind of content, or remove a filter. You can also ask the question in a category.
search-pager = Pages of results
search-remote = This address seems to belong to another server.
search-remote-button = See this remote content here
search-remote-sign-in = Sign in to see this remote content here
remote-not_found = This content cannot be found on the other server: check the address.
remote-refused = The other server refused to give this content.
remote-blocked = This server is blocked by this site.
remote-timeout = The other server did not answer in time: try again in a moment.
filter-all-f = All
tag-follow = Follow the tag “{ $tag }”
tag-unfollow = Unfollow the tag “{ $tag }”
