/** All journeys, with what became of the customers who entered them. */
import { journeysQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Page } from "@ui/Page";
import { Empty } from "@ui/states";
import { Asked } from "../shell/Asked";
import { Figures } from "./Figures";
import classes from "./Journeys.module.css";

export function Journeys() {
  const query = useQuery(journeysQuery);
  return (
    <Page
      title="Journeys"
      lead="What happens next, for whom and why. A customer goes on wherever they turn up."
      actions={<Link to="/rehearsals">Rehearse a change</Link>}
    >
      <Asked query={query}>
        {(journeys) =>
          journeys.length === 0 ? (
            <Empty icon="journey" title="No journeys yet">
              Write a file such as <code>journeys/add-on.yaml</code> and publish the catalogue.
            </Empty>
          ) : (
            <ul className={classes.list}>
              {journeys.map((journey) => (
                <li key={journey.name} className={classes.journey}>
                  <div className={classes.words}>
                    <h2 className={classes.title}>
                      <Link to="/journeys/$name" params={{ name: journey.name }}>
                        {journey.title}
                      </Link>
                    </h2>
                    {journey.description && <p>{journey.description}</p>}
                    <p className={classes.version}>Version {journey.version}</p>
                  </div>
                  <Figures journey={journey} />
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </Page>
  );
}
