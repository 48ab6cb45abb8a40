# What is wrong with a form, and the cure.
all-required = All fields are required unless stated.
optional = (optional)
error-word = Error:
errors-title = { $n ->
    [one] There is { $n } error to correct
   *[other] There are { $n } errors to correct
 }
problem-empty = Fill in this field.
problem-too-long = Shorten this text: { $max } characters at most.
problem-too-short = Lengthen this text: { $min } characters at least.
problem-not-chosen = Choose an answer.
problem-not-ticked = Tick this box to go on.
problem-email = Write a complete address, such as first.last@town.example.
problem-handle-form = Use 2 to 30 letters without accents, digits, hyphens or underscores, beginning with a letter.
problem-handle-taken = This handle is taken: choose another.
problem-slug-form = Use small letters without accents, digits, hyphens and underscores.
problem-slug-taken = This address is taken: choose another.
problem-passwords-differ = Write the same password twice.
problem-password-weak = Choose a less common password, without your name or address in it.
problem-password-wrong = This is not your present password: try again.
problem-credentials = The handle or the password is not right. Check them, or ask for a new password.
problem-account-closed = This account is not open. Write to the team by the Contact page.
problem-remote-address = Write a Fediverse address, such as yourname@server.
problem-remote-host = This server cannot be found: check its name.
problem-remote-account = This server does not know this account: check the address.
problem-remote-unsupported = This server does not let you follow from here. Copy the address above into its search.
problem-remote-timeout = This server did not answer in time: try again in a moment.
problem-remote-blocked = This server is blocked by this site.
problem-duplicate = You have just published this same post.
problem-too-many-links = Your account is new: a post may hold { $max } links at most.
problem-too-fast = You have written a lot in a short time: wait a moment.
problem-too-many-tags = Keep { $max } tags at most.
problem-target-gone = This content no longer exists.
problem-invalid = This value will not do: check it.
errors-of = { $label }:
problem-too-many-drafts = You already have { $max } drafts, which is the most. Delete or publish one. Your text is still here.
problem-too-many-mentions = Your account is new: a post may mention { $max } people or categories at most.
problem-new-member-hours = Your account is new, and you have published as much today as it allows. You can publish this in about { $n } hours; save it as a draft until then.
problem-new-member-minutes = { $n ->
    [one] Your account is new, and you have published as much today as it allows. You can publish this in { $n } minute; save it as a draft until then.
   *[other] Your account is new, and you have published as much today as it allows. You can publish this in { $n } minutes; save it as a draft until then.
 }
problem-email-unchanged = This is your address already.
problem-file-refused = This type of file is not accepted. Attach a JPEG, PNG, WebP or GIF picture, or a PDF, ODT, ODS, ODP, TXT or CSV document whose name ends accordingly.
problem-file-broken = This picture can’t be read: save it again, as JPEG or PNG.
problem-file-too-large = This file is too heavy: { $max } MB at most.
problem-too-many-pixels = This picture is too large: { $max } million pixels at most.
problem-too-many-files = A post has { $max } files at most: remove one.
problem-too-many-uploads = You sent many files in a short time. { $n ->
    [one] Wait a minute.
   *[other] Wait { $n } minutes.
 }
problem-file-gone = A file of this post is no longer available: attach it again.
problem-no-alternative = Write what the picture shows, or tick “Decorative picture”.
problem-poll = A poll has 2 to 10 different answers of 100 characters at most, and lasts 1 to 365 days.
problem-days = Write a number of days, from 1 to 3650, or leave it empty.
