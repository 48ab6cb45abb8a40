//! Writes every sample page to a folder, to look at: `cargo run -p parvis-web --example pages -- FOLDER`.

use std::path::Path;

use parvis_web::i18n::Locale;
use parvis_web::templates::Templates;
use parvis_web::views::samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: pages FOLDER")?;
    let folder = Path::new(&folder);
    let templates = Templates::load()?;
    std::fs::create_dir_all(folder.join("assets"))?;
    for name in ["parvis.css", "parvis.js", "favicon.svg"] {
        let (Some(path), Some(asset)) =
            (templates.assets().path(name), templates.assets().get(name))
        else {
            return Err(format!("no asset {name}").into());
        };
        std::fs::write(folder.join(path.trim_start_matches('/')), &asset.bytes)?;
    }
    for page in samples::pages() {
        for locale in Locale::ALL {
            let html = page.render(&templates, locale)?;
            std::fs::write(
                folder.join(format!("{}.{}.html", page.name, locale.code())),
                html,
            )?;
        }
    }
    Ok(())
}
