# Topic page, posts, history of a post.
topic-pending = Waiting for confirmation by { $host }: your topic was sent there, and will be read elsewhere once it is accepted.
see-answer = See the accepted answer: post no. { $number } by { $author }
officials-title = Official answers
official-of = Official answer: { $organisation }
official-signed = signed by { $signer } on
official-superseded = superseded by post no. { $number }
official-declared = declared official by { $host }
post-by = Post no. { $number } by
post-number = no. { $number }
post-permalink = Permanent link to post
post-edited = edited on
post-history-of = , history of post no. { $number }
post-original-of = , original of post no. { $number }
post-licence = Licence:
post-deleted = This post was deleted by its author on { $date }.
post-removed = This post was removed by the moderators on { $date }.
post-removed-reason = Reason:
post-refused = { $host } did not take this post: it can be read on this site only.
post-refused-reason = Reason:
post-decision = Read the decision
in-reply-to = In reply to no. { $number }, by { $author }
answer-mark = Accepted answer
reply = Reply
quote = Quote
reply-to-whom = to { $author }, post no. { $number }
of-post = (post no. { $number } by { $author })
useful = Helpful
bookmark = Bookmark
mark-answer = Accept this answer
unmark-answer = No longer accept
edit = Edit
delete = Delete
remove = Remove
restore = Restore
report = Report
replies-title-page = { $n ->
    [one] { $n } reply, page { $page }
   *[other] { $n } replies, page { $page }
 }
order-label = Order of the replies
order-flat = By date
order-threads = By threads
no-reply-yet = Nobody has replied yet.
no-reply-question = No reply yet. You can be the first to help, or follow the Atom feed of the topic to be told.
reply-title = Reply
reply-elsewhere = Reply from another account
no-reply-sign-in = Sign in to reply to this topic, or reply from an account you have elsewhere on the Fediverse.
no-reply-locked = This topic is locked: it can be read, but takes no more replies.
no-reply-archived = The category is archived: this topic takes no more replies.
no-reply-read_only = This site is read-only for the moment. Come back a little later to reply.
sign-in-to-reply = Sign in to reply
topic-aside = About the topic
topic-about = About the topic
topic-moderate = Moderate this topic
topic-lock = Lock
topic-unlock = Unlock
topic-pin = Pin
topic-unpin = Unpin
topic-related = Similar topics
fact-category = Category
fact-participants = Participants
fact-origin = Published from
fact-licence = Licence
revisions-title = History of post no. { $number }
revisions-crumb = History
revisions-lead = The versions of the post by { $author }, the newest first.
revisions-back = Back to the post
revisions-one = This post has one version only: it was never edited.
revision-number = Version { $number }
revision-reason = Reason of the edit:
diff-added = [added:
diff-removed = [removed:
diff-end = ]
attachments = Attachments
attachment-document = Document:
attachment-image = Picture:
attachment-video = Video:
attachment-audio = Audio:
attachment-link = Link:
attachment-no-alt = (without alternative text)
topic-follow = Follow the topic
topic-unfollow = Unfollow the topic
topic-mute = Mute
topic-unmute = Unmute
topic-follow-all = You follow this topic: you are told of every reply.
topic-follow-mentions = You are told of answers to your posts and of mentions of your name.
topic-follow-mute = This topic is muted: you are told nothing of it.
reply-off = Take away
participants-more = { $n ->
    [one] and { $n } other
   *[other] and { $n } others
 }
poll-title = Poll
poll-choose-one = Choose one answer
poll-choose-many = Choose one or more answers
poll-vote = Vote
poll-results = See the results
poll-mine = your vote
poll-count = { $n ->
    [one] { $n } vote ({ $percent }%)
   *[other] { $n } votes ({ $percent }%)
 }
poll-voters = { $n ->
    [one] { $n } person voted.
   *[other] { $n } people voted.
 }
poll-closed = The poll is closed.
poll-ends = The poll ends on
poll-elsewhere = The votes are counted by { $host }.
warning-show = Warning: { $warning }
reactions-title = Reactions
reaction-count = { $n ->
    [one] given by { $n } person
   *[other] given by { $n } people
 }
mark-official = Make official
unmark-official = No longer official
topic-move = Move
topic-merge = Merge
topic-move-title = Move the topic
topic-move-lead = The topic keeps its address and its replies. A category of another server takes it if that server decides so.
field-move-category = New category
topic-move-button = Move
merge-title = Merge the topic
merge-lead = All messages of this topic are put behind those of another one. The address of this one will lead there.
field-merge-target = The other topic
field-merge-target-hint = Its address, such as https://forum.example/t/123.
merge-button = Merge
post-split = Split here
post-ban = Ban the author
split-title = Make a topic of message { $number }
split-lead = The message opens a topic in the same category. Each message keeps its address.
field-split-along = What goes along with it
split-answers = The replies to this message, and the replies to those
split-following = All messages after it
split-button = Split
quoted-title = Quoted message
quoted-in = , in
quoted-link = Quotes
quoted-waiting = (waiting for the author’s consent)
quotes-link = Who quotes this message
quotes-title = Who quotes message no. { $number }
quotes-crumb = Quotes
quotes-lead = These messages show yours. You can take your consent back: they will only show a link.
quotes-none = No quotes
quotes-none-text = Nobody quotes this message for now.
quote-revoke = Take the consent back
