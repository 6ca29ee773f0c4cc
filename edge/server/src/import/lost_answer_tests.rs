//! An import over HTTP whose answer gets lost on the way, and the same command run again.

use std::net::SocketAddr;

use api::access::hash;
use model::record::SourceRecord;
use model::{Channel, SourceId};
use shard::Order;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::{HttpSink, Job, Sink, run};
use crate::config::load;
use crate::serve::{Running, Sockets, start};

const MAPPING: &str = "
events:
  - event: Order Completed
    message_id: 'x-{id}'
    time: {column: at, format: rfc3339}
    identifiers: {email: mail}
";
const SOURCE: SourceId = SourceId(9);
const WRITE_KEY: &str = "wk_import";
/// Two full batches and a rest.
const ROWS: u64 = 4_500;

async fn server(folder: &std::path::Path) -> Running {
    let overrides = vec![
        ("listen", "127.0.0.1:0".to_owned()),
        ("data", folder.join("data").display().to_string()),
        ("keys", folder.join("keys").display().to_string()),
    ];
    let config = load(None, std::iter::empty(), overrides).unwrap();
    let sockets = Sockets::bind(&config).await.unwrap();
    let running = start(&config, sockets, None).await.unwrap();
    let workspace = &running.api.workspaces()[0];
    let source = SourceRecord {
        id: SOURCE,
        name: "Import".into(),
        channel: Channel::SERVER,
        write_key_hash: hash(WRITE_KEY).to_vec().into(),
        priority: 0,
    };
    workspace.handle.order(Order::PutSource { by: "test".into(), source: source.clone() }).await.unwrap();
    running.api.add_source(workspace, &source);
    running
}

/// Passes requests on to the server; the answer to the second one is swallowed and its connection closed.
async fn lossy(server: SocketAddr, lost: mpsc::Sender<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut answers = 0;
        while let Ok((client, _)) = listener.accept().await {
            let upstream = TcpStream::connect(server).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = upstream.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            let mut buffer = vec![0; 64 << 10];
            while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                answers += u32::from(buffer.starts_with(b"HTTP/1.1"));
                if answers == 2 {
                    answers += 1;
                    lost.send(()).await.unwrap();
                    break;
                }
                to_client.write_all(&buffer[..read]).await.unwrap();
                buffer[..read].fill(0);
            }
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_answer_was_lost_goes_on_and_takes_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let running = server(folder.path()).await;
    let (lost, mut told) = mpsc::channel(1);
    let address = lossy(running.address, lost).await;
    let row = |id| format!("{id},2026-01-01T00:00:00Z,u{id}@example.com\n");
    let csv = (0..ROWS).map(row).fold(String::from("id,at,mail\n"), |text, row| text + &row);
    let (file, mapping) = (folder.path().join("a.csv"), folder.path().join("map.yaml"));
    std::fs::write(&file, csv).unwrap();
    std::fs::write(&mapping, MAPPING).unwrap();
    let job = Job { files: vec![file], mapping, journals: folder.path().join("imports") };
    let sink = || Sink::Http(HttpSink::new(&format!("http://{address}"), WRITE_KEY).unwrap());

    let (first, mut first_sink) = (job.clone(), sink());
    let interrupted = tokio::spawn(async move { run(&first, &mut first_sink).await.map(|_| ()) });
    told.recv().await.unwrap();
    interrupted.abort();
    assert!(interrupted.await.unwrap_err().is_cancelled());

    let counts = run(&job, &mut sink()).await.unwrap().counts;
    assert_eq!(counts.rows, ROWS);
    assert_eq!(counts.duplicates, 2_000, "the batch whose answer was lost");
    assert_eq!(counts.accepted + counts.duplicates, ROWS, "the first batch was not sent again");
    assert_eq!(counts.events["Order Completed"], ROWS);
    let account = running.api.workspaces()[0]
        .handle
        .view(|view| view.books().accounts().find(|(id, _)| *id == SOURCE).map(|(_, account)| *account));
    let account = account.await.unwrap().unwrap();
    assert_eq!((account.processed, account.duplicates), (ROWS, 2_000));
    assert!(account.adds_up());
    assert_eq!(std::fs::read_dir(folder.path().join("imports")).unwrap().count(), 0, "no journal is left");
    running.stop().await;
}
