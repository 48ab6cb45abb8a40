# Category page.
category-archived = Cette catégorie est archivée : elle reste lisible, mais n’accepte plus de message.
category-filling = Cette catégorie se remplit : { $done } { $done ->
    [one] sujet
   *[other] sujets
} sur environ { $total }.
category-filling-open = Cette catégorie se remplit : { $done } { $done ->
    [one] sujet
   *[other] sujets
} pour l’instant.
category-unreachable = Le nœud { $host } ne répond pas depuis le { $date } : vous lisez une copie.
category-edit = Modifier la catégorie
category-topics = Sujets
category-aside = À propos de la catégorie
category-take-part = Participer depuis le Fédiverse
category-fediverse = Cette catégorie est un groupe du Fédiverse. Depuis Mastodon ou une application compatible, cherchez <strong class="mono">{ $handle }</strong> et suivez-la : vous recevrez ses nouveaux sujets et pourrez y répondre. Pour ouvrir un sujet, mentionnez cette adresse dans un message public.
category-charter = Charte
category-links = Catégories reliées
category-moderators = Modération
link-waiting = en attente d’accord
category-empty = Aucun sujet pour l’instant
category-empty-text = Les sujets de cette catégorie apparaîtront ici. Soyez la première personne à poser une question.
category-no-match = Aucun sujet avec ces filtres
category-no-match-text = Élargissez la recherche en retirant un filtre.
new-topic = Nouveau sujet
filter-sort = Tri
filter-kind = Type
filter-state = État
filter-tag = Étiquette
filter-language = Langue
filter-all = Tous
filter-apply = Appliquer
filter-reset = Retirer les filtres
filter-state-solved = Résolus
filter-state-unanswered = Sans réponse
sort-active = Dernière activité
sort-new = Plus récents
sort-top = Plus utiles
links-title = Catégories liées
links-what = Deux catégories liées de deux nœuds portent chacune les sujets de l’autre, marqués de leur origine. Un sujet reste dans sa catégorie : les réponses y retournent.
links-requests = Demandes d’autres nœuds
links-request-what = Suit déjà cette catégorie et demande que la vôtre porte aussi ses sujets, depuis le
links-no-request = Aucune demande.
links-accept = Accepter
links-refuse = Refuser
links-refuse-hint = Un refus vaut aussi pour les demandes suivantes, jusqu’à ce que vous demandiez vous-même le lien.
links-linked = Liens
links-waiting = { $n ->
    [one] Une catégorie d’un autre nœud demande à être liée
   *[other] { $n } catégories d’autres nœuds demandent à être liées
 }
links-none = Aucun lien.
links-end = Rompre le lien
links-end-hint = Rompre vaut dans les deux sens. Ce qui a été porté jusque-là reste lisible dans chaque catégorie.
links-ask = Demander un lien
links-category = Votre catégorie
links-other = La catégorie de l’autre nœud
links-other-hint = Son nom complet, par exemple @integration@forum.ministere.example, ou son adresse.
links-ask-button = Demander le lien
links-no-category = Aucune catégorie ne peut être liée.
link-ours-yes = Vous portez ses sujets.
link-ours-waiting = Votre demande attend la réponse de son serveur.
link-ours-no = Vous ne portez pas ses sujets.
link-ours-refused = Son serveur a refusé ou rompu le lien.
link-theirs-yes = Elle suit votre catégorie.
link-theirs-waiting = Elle demande à suivre votre catégorie.
link-theirs-no = Elle ne porte pas vos sujets : sa modération n’a pas encore accepté.
link-theirs-refused = Vous avez refusé qu’elle porte vos sujets.
