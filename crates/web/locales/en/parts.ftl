# Parts that several pages show.
language-label = Language:
author-deleted = Deleted account
affiliation-agent = Public agent
affiliation-community = Free-software community
affiliation-vendor = Software vendor
affiliation-services = Service company
affiliation-research = Research and education
affiliation-citizen = Citizen
affiliation-unstated = Affiliation not stated
affiliation-verified = Verified organisation
affiliation-past = (when the post was written)
proof-declared = declared
proof-domain = e-mail domain verified
proof-sso = verified by { $provider }
proof-delegate = confirmed by the organisation
kind-discussion = Discussion
kind-question = Question
kind-practice = Good practice
state-pinned = Pinned
state-locked = Locked
state-solved = Solved
state-official = Official answer
state-archived = Archived
tag-label = Tag:
topic-removed = Topic removed
from-host = published from { $host }
category-from = from { $host }
see-original = See the original category on { $host }
count-replies = { $n ->
    [one] { $n } reply
   *[other] { $n } replies
 }
count-topics = { $n ->
    [one] { $n } topic
   *[other] { $n } topics
 }
count-posts = { $n ->
    [one] { $n } post
   *[other] { $n } posts
 }
count-people = { $n ->
    [one] { $n } person
   *[other] { $n } people
 }
count-useful = { $n ->
    [one] Helpful to { $n } person
   *[other] Helpful to { $n } people
 }
last-activity = Last activity:
follow = Follow
unfollow = Unfollow
follow-pending = Request sent: cancel
follow-pending-word = request sent
follow-elsewhere = Follow from another account
pager-label = Pages of the list
pager-previous = Previous page
pager-next = Next page
pager-position = Page { $page } of { $pages }
audience-public = Public: anyone can read it, copied to other servers. Other servers are told of a deletion but may keep their copy.
audience-public_here = Public: anyone can read it, on this site only.
audience-agents = Verified public agents only.
audience-partners = Only for the organisations: { $organisations }.
handle-label = Address to copy into your application
copy = Copy
copied = Copied
feed-atom = Atom feed of the category
feed-atom-topic = Atom feed of the topic
licence-reminder = What you publish is placed under
megabytes = { $whole }.{ $tenth } MB
proof-elsewhere = declared by its server
affiliation-short-agent = public agent
affiliation-short-community = free software
affiliation-short-vendor = software vendor
affiliation-short-services = service company
affiliation-short-research = research
audience-members = Only for people with an account here.
audience-followers = Only for people whom the category’s server has accepted.
