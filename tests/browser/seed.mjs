// A node with something of everything that a page can show: a long topic, a long title, other languages and
// directions, a deleted post, an edited one, tables and code, a question with its answer, an empty category.

import { startNode } from "../node.mjs";

export const LONG_TITLE =
  "Mutualisation interdépartementale des infrastructures d’hébergement libres : gouvernance, financement, "
  + "réversibilité et accompagnement anticonstitutionnellementlong des collectivités de toute taille";

const RICH = `## Ce que nous avons essayé

| Rue | Avant | Après |
|-----|------:|------:|
| Bellevue | 48 km/h | 31 km/h |
| des Écoles | 44 km/h | 29 km/h |

- premier point, avec un [lien vers une page](https://exemple.example/une/adresse/tres/longue/qui/ne/se/coupe/pas/facilement)
- deuxième point, avec du \`code\`

> Une citation de la réunion publique.

\`\`\`
let mut compte = 0; for rue in rues.iter().filter(|rue| rue.zone == 30) { compte += rue.longueur_en_metres; }
\`\`\`

Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft`;

/** Starts a node and fills it. `settings` as for startNode. */
export async function seededNode(settings) {
  const node = await startNode(settings);
  try {
    return await seed(node);
  } catch (error) {
    error.message += `\n--- log of the node ---\n${node.log().split("\n").slice(-60).join("\n")}`;
    await node.stop();
    throw error;
  }
}

async function seed(node) {
  const claire = await node.person("claire", { displayName: "Claire Dubois" });
  const karim = await node.person("karim", { displayName: "Karim Benali" });
  // Ana fills the node: a moderator is not held to a newcomer's number of posts.
  await node.person("ana", { displayName: "Ana Diallo", role: "moderator" });
  await node.category("urbanisme", "Urbanisme", "Plan local, permis, voirie.");
  await node.category("voirie", "Voirie", "Rien encore.");
  const asAna = await node.api("ana");
  const asClaire = await node.api("claire");

  const open = (values) => asAna("POST", "/topics", { category: "urbanisme", language: "fr", ...values });
  const answer = (topic, values, person = asAna) =>
    person("POST", `/topics/${topic.id}/posts`, { language: "fr", ...values });

  const long = await open({ title: "Zones 30 et apaisement", content: RICH, tags: ["voirie"] });
  for (let number = 2; number <= 30; number++) {
    await answer(long, { content: `Retour n° ${number} : la vitesse baisse, mesures à l’appui.` });
  }
  const titled = await open({ title: LONG_TITLE, content: "Un titre très long." });

  const languages = await open({ title: "Ce que disent nos voisins", content: "Chacun dans sa langue." });
  await answer(languages, { content: "Bei uns gilt Tempo dreißig seit Jahren.", language: "de" });
  await answer(languages, { content: "We measured a drop of one fifth.", language: "en" });
  await answer(languages, { content: "انخفضت السرعة بشكل ملحوظ.", language: "ar" });

  const question = await open({
    title: "Quel revêtement sous la pluie", content: "Lequel tient ?", kind: "question",
  });
  const good = await answer(question, { content: "Le béton désactivé, chez nous depuis dix ans." });
  await asAna("PATCH", `/topics/${question.id}`, { answer: good.id });
  const removed = await answer(question, { content: "Message parti par erreur." });
  await asAna("DELETE", `/posts/${removed.id}`);
  const edited = await answer(question, { content: "Première version." });
  await asAna("PATCH", `/posts/${edited.id}`, { content: "Seconde version, corrigée." });

  const own = await asClaire("POST", "/topics", {
    category: "urbanisme", title: "Un sujet de Claire", content: "Texte de Claire.", language: "fr",
  });
  await answer(question, { content: "Comme le disait Claire ailleurs.", quote: own.post.id });
  const gone = await open({ title: "Un sujet retiré", content: "À supprimer." });
  await asAna("DELETE", `/posts/${gone.post.id}`);

  return { node, asAna, asClaire, people: { claire, karim }, long, titled, languages, question, removed, edited, own, gone };
}

/** The pages that every check visits: name, path, expected status, and for whom they are. */
export function pagesOf({ node, long, titled, languages, question, edited, own, gone }) {
  const everyone = ["visitor", "member"];
  const path = (url) => new URL(url).pathname;
  const target = encodeURIComponent(`@urbanisme@${node.host}`);
  return [
    { name: "home", path: "/", budget: 25 },
    { name: "category", path: "/c/urbanisme", budget: 25 },
    { name: "empty category", path: "/c/voirie", budget: 25 },
    { name: "topic", path: path(long.url), budget: 40 },
    { name: "topic, second page", path: `${path(long.url)}?page=2`, budget: 40 },
    { name: "topic with a long title", path: path(titled.url), budget: 40 },
    { name: "topic in four languages", path: path(languages.url), budget: 40 },
    { name: "question", path: path(question.url), budget: 40 },
    { name: "history", path: `/p/${edited.id}/revisions` },
    { name: "search", path: "/search" },
    { name: "search with results", path: "/search?q=vitesse" },
    { name: "search without results", path: "/search?q=introuvable" },
    { name: "profile", path: "/u/ana" },
    { name: "composer", path: "/c/urbanisme/new", viewers: ["member"] },
    { name: "drafts", path: "/drafts", viewers: ["member"] },
    { name: "edit", path: `/p/${own.post.id}/edit`, viewers: ["member"] },
    { name: "who quotes a message", path: `/p/${own.post.id}/quotes`, viewers: ["member"] },
    { name: "composer without account", path: "/c/urbanisme/new", viewers: ["visitor"], status: [200, 401], form: true },
    { name: "register", path: "/register", viewers: ["visitor"], form: true },
    { name: "sign in", path: "/login", viewers: ["visitor"], form: true },
    { name: "remote follow", path: `/follow?target=${target}` },
    { name: "not found", path: "/nulle-part", status: [404] },
    { name: "gone", path: path(gone.url), status: [410] },
    { name: "legal notice", path: "/legal" },
    { name: "licence", path: "/licence" },
    { name: "privacy", path: "/privacy" },
    { name: "terms", path: "/terms" },
    { name: "accessibility statement", path: "/accessibility" },
    { name: "moderation policy", path: "/moderation-policy" },
    { name: "site map", path: "/sitemap" },
    { name: "contact", path: "/contact" },
    { name: "about", path: "/about" },
    { name: "about the federation", path: "/about/federation" },
    { name: "report", path: "/report" },
  ].map((page) => ({ viewers: everyone, status: [200], ...page }));
}
