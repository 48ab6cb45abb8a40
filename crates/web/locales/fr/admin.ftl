# Administration and moderation.
admin-title = Administration
admin-checks = À vérifier
check-done = Fait
check-todo = À faire
admin-registrations = { $n ->
    [0] Demandes de compte
    [one] Demandes de compte ({ $n })
   *[other] Demandes de compte ({ $n })
 }
admin-registrations-none = Aucune demande en attente.
admin-approve = Accepter
admin-refuse = Refuser
admin-category-new = Créer une catégorie
field-category-title = Nom de la catégorie
field-category-title-hint = Court, sans sigle. Exemple : Choix des outils
field-slug = Adresse
field-slug-hint = Définitive : elle forme /c/adresse et @adresse@{ $host }. Lettres minuscules sans accent, chiffres et tirets.
field-slug-fixed = L’adresse ne change jamais : d’autres serveurs la connaissent.
field-description = Description
field-description-hint = Une ou deux phrases : à quoi sert cette catégorie, et pour qui.
field-parent = Catégorie au-dessus
field-parent-none = Aucune
field-category-language = Langue principale
field-archived = Archiver la catégorie
field-archived-hint = Elle reste lisible à la même adresse, mais n’accepte plus de message.
moderation-title = Signalements
moderation-lists = Listes de signalements
moderation-open = À traiter
moderation-closed = Traités
moderation-none = Rien à traiter
moderation-none-text = Les signalements reçus apparaîtront ici, du plus ancien au plus récent.
moderation-removed = Message déjà retiré
moderation-closed-by = Clos par { $name }
moderation-remove = Retirer le message
moderation-close = Clore le signalement
moderation-note = Note pour l’équipe
report-number = Signalement n° { $number }
report-by = par
report-by-visitor = une personne sans compte
report-by-server = le serveur { $host }
