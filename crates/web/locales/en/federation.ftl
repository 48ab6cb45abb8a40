# How deliveries to other servers go, in words, and what to do about it.
standing-up_to_date = Up to date
standing-behind = Behind
standing-paused = Paused
standing-blocked = Blocked
standing-unreachable = Unreachable
behind-by = { $n ->
    [one] { $n } activity
   *[other] { $n } activities
 }
behind-by-more = more than { $n } activities
lasting-moments = less than a minute
lasting-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
 }
lasting-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
 }
lasting-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
 }
trouble-dns = The name of this server is not found (DNS).
trouble-dns-do = Check how the name is spelled. If it is right, wait until the server is back, or ask those who run it whether its name has changed; deliveries start again by themselves.
trouble-connection = This server does not accept the connection.
trouble-connection-do = It is probably stopped, or behind a firewall. Deliveries start again by themselves; if it works for others, ask those who run it whether this node’s address is blocked there.
trouble-tls = The encrypted connection fails (certificate).
trouble-tls-do = Tell those who run it that their certificate has expired or is not recognised. If their certificate authority is an internal one, add it with federation.ca_file.
trouble-timeout = This server did not answer in time.
trouble-timeout-do = It is probably overloaded. Deliveries start again by themselves; if it lasts more than a day, tell those who run it.
trouble-network = The connection was interrupted.
trouble-network-do = Deliveries start again by themselves. If it happens with every server, check the network of this node.
trouble-address = The address of this server is one that this node does not go to.
trouble-address-do = If it is on an internal network that you trust, add its range of addresses to federation.private_networks.
trouble-clock = This server refuses our signatures, and its clock is minutes off ours.
trouble-clock-do = Check the time of this node (parvis check). If it is right, tell those who run the other server.
trouble-signature = This server does not recognise our signature (401).
trouble-signature-do = It must be able to read the public address of this node: check server.public_url, and that the proxy passes the Host header on. Then try again.
trouble-forbidden = This server refuses what comes from here (403).
trouble-forbidden-do = It has probably blocked this node or the author, or only takes servers on its list. Ask those who run it.
trouble-not-found = The inbox does not exist (404).
trouble-not-found-do = The account or category was deleted, or the server runs other software now. Look there, then drop the delivery or try it again.
trouble-gone = The inbox is closed for good (410).
trouble-gone-do = Nothing to do: nothing is sent there any more. Those who followed from this server were removed.
trouble-busy = This server asks us to slow down (408, 425 or 429).
trouble-busy-do = Nothing to do: deliveries start again after the time it asked for.
trouble-server = This server is failing (5xx).
trouble-server-do = Deliveries start again by themselves. If it lasts more than a day, tell those who run it.
trouble-redirect = This server points to another address, which a delivery may not follow.
trouble-redirect-do = Its name has probably changed. Follow its categories under their new address.
trouble-refused = This server does not take this activity (4xx).
trouble-refused-do = Other deliveries go on. Read the activity in the list of those set aside, then try it again or drop it.
trouble-late = The activity waited longer than activities are kept.
trouble-late-do = It can no longer be sent. Drop it; to leave more time, raise retention.outbox_days.
trouble-skipped = An administrator passed over this activity.
trouble-skipped-do = Try it again once the cause is gone, or drop it.
trouble-other = The exchange failed.
trouble-other-do = Read the technical message. Deliveries are tried again by themselves as long as they are not set aside.
trouble-raw = Technical message:
node-filter = Show
node-filter-all = All ({ $n })
node-filter-one = { $word } ({ $n })
node-order = Sort by
node-order-host = Name
node-order-state = State
node-order-behind = Backlog
node-order-success = Last delivery
nodes-behind = Behind by
nodes-never = never
nodes-set-aside = Activities set aside
nodes-policy-column = Decision
nodes-none-such = No server in this state
node-facts = State of deliveries
node-conflict = This server is blocked, but ties with it remain: shared categories or follows. Nothing is exchanged with it any more.
node-next-try = Next try
node-first-seen = First contact
node-followers = Follows from there to here
node-following = Follows from here to there
node-ours = Our categories followed there
node-theirs = Its categories followed here
node-signature = Signature of our requests
node-key = Its key
node-none = none
node-paused-since = Paused since
node-do = Act
node-pause = Pause deliveries
node-pause-hint = What is to leave waits and is not lost. What comes from this server is still received.
node-resume = Resume deliveries
node-skip = Skip the activity that blocks
node-skip-hint = The first activity that waits is set aside; those after it leave at once. It can be tried again later.
node-skip-sure = Set the first waiting activity aside
node-log = Last deliveries
node-log-empty = Nothing was sent there lately.
log-when = Date
log-what = Activity
log-fate = Result
fate-delivered = Delivered
fate-waiting = Waiting
fate-refused = Set aside
set-aside-title = Activities set aside
set-aside-lead = What this node could not apply after several tries, and what other servers did not take. Each activity can be tried again or dropped.
set-aside-of = Of the server { $host }
set-aside-empty = Nothing is set aside
set-aside-empty-text = Everything received is applied, and nothing that left was refused.
set-aside-received = Received from
set-aside-sent = To be sent to
set-aside-why = Why
set-aside-look = Look
set-aside-one = Activity set aside
set-aside-attempts = Tries
set-aside-inbox = Inbox
set-aside-payload = Contents
set-aside-forgotten = The contents are no longer kept: this activity can’t be tried again.
set-aside-retry = Try again
set-aside-drop = Drop
set-aside-drop-sure = Drop this activity for good
set-aside-drop-hint = That it was dropped is written in the log of moderation.
deliveries-title = Deliveries of post no. { $number }
deliveries-crumb = Deliveries
deliveries-sum = Delivered to { $delivered } of { $total }
deliveries-lead = The servers that are to receive this post, and how it goes.
deliveries-none = This post was sent to no other server, or too long ago to be still known.
deliveries-back = Back to the post
deliveries-of = (deliveries of post no. { $number })
policy-short-open = None
policy-short-allow = Allowed
policy-short-limit = Limited
policy-short-block = Blocked
backfill-title = Past of its categories
backfill-hint = When somebody here follows a category, its topics and their replies are read from the beginning, then every week.
backfill-category = Category
backfill-where = State
backfill-count = Complete conversations
backfill-posts = Posts added
backfill-reading = being read
backfill-waiting = waiting for another try
backfill-read = read
backfill-asked = asked for
backfill-of = { $done } of about { $total }
backfill-lost = { $n } not to be had
backfill-again = Read again
comparison-title = Last comparison
comparison-same = identical on
comparison-mended = repaired on
comparison-differs = different on
comparison-reread = read again on
comparison-failed = could not be compared
comparison-never = never compared
comparison-found = { $n ->
    [one] { $n } message found again
   *[other] { $n } messages found again
 }
comparison-sent = { $n ->
    [one] { $n } message sent again
   *[other] { $n } messages sent again
 }
comparison-remaining = { $n ->
    [one] { $n } topic is still different
   *[other] { $n } topics are still different
 }
node-compare = Compare now
node-compare-hint = The categories followed on both sides are compared, and what is missing is fetched or sent again. This also happens by itself, every day and after an outage.
