# Settings.
settings-profile = Réglages du profil
settings-account = Mot de passe et sessions
settings-save = Enregistrer
settings-handle = Votre adresse, qui ne change jamais
settings-affiliation-checked = Ce rattachement a été vérifié : il ne se modifie pas ici.
settings-password = Changer de mot de passe
settings-password-button = Changer le mot de passe
settings-sessions = Sessions ouvertes
settings-sessions-text = Les appareils sur lesquels vous êtes connecté. Fermez ceux que vous ne reconnaissez pas, puis changez de mot de passe.
settings-session-current = Cette session
settings-session-opened = Ouverte le
settings-session-seen = Vue le
settings-session-end = Fermer la session
settings-sessions-end = Fermer toutes les autres sessions
field-biography = Présentation
field-biography-hint = Publique. Vos sujets, vos logiciels, votre fonction. Markdown accepté.
field-current-password = Mot de passe actuel
