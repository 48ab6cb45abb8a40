# Why an action is refused.
denied-inactive = Your account is not open yet: confirm your address, or wait for the team to agree.
denied-suspended = This account is suspended.
denied-blocked = This server is blocked here.
denied-locked = This topic is closed: it takes no more replies.
denied-archived = This category is archived: it can be read, but not written in.
denied-restricted = Only moderators open topics in this category.
denied-not-author = Only the author can do this.
denied-not-moderator = Only moderators can do this.
denied-not-admin = Only administrators can do this.
denied-registration-closed = Registration is closed.
denied-not-ours = This content belongs to another server, which alone can change it.
denied-moved = You said that this account has moved: it can read, but not write any more. You can come back to it in your settings.
denied-last-admin = A site always keeps an administrator: name somebody else first.
denied-poll-closed = This poll is closed: it takes no more votes.
denied-voted = You have voted already: a vote can’t be changed.
denied-official = An official answer can’t be edited after 15 minutes: publish a new one, which replaces it.
denied-banned = You are banned from this category or from this site: you can read, but not take part.
