//! The spawner, asked by a server that somebody has taken over.

use std::os::unix::fs::symlink;
use std::path::Path;

use sandbox::{Engine, StartError};

use crate::house::{Function, House};

crate::cases![the_spawner_shows_nothing_of_the_host];

async fn the_spawner_shows_nothing_of_the_host(house: &House) {
    let launch = house.launch(&Function::python("def handler(e, c):\n    pass\n"));
    let link = launch.package.code.join("link");
    symlink("/etc", &link).unwrap();
    let way_out = launch.package.code.join("link/ssl");
    for code in [Path::new("/etc"), Path::new("/root"), &link, &way_out] {
        let mut launch = (*launch).clone();
        launch.package.code = code.to_owned();
        refused(house, launch, code).await;
    }
    for layer in [Path::new("/home"), &link] {
        let mut launch = (*launch).clone();
        launch.package.layers = vec![layer.to_owned()];
        refused(house, launch, layer).await;
    }
}

async fn refused(house: &House, launch: sandbox::Launch, what: &Path) {
    match house.engine.start(launch.into()).await {
        Ok(_) => panic!("{} is shown", what.display()),
        Err(StartError::Internal(error)) => {
            let said = error.to_string();
            assert!(
                said.contains("outside of the data directory") || said.contains("symbolic links"),
                "{said}"
            );
        }
        Err(other) => panic!("{other:?}"),
    }
}
