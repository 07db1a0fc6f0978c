/** Where MLflow's protocol is spoken: SDKs call the first, MLflow's pages the second. */
export const mlflowRoots = ['/api/2.0/mlflow/', '/api/3.0/mlflow/', '/ajax-api/2.0/mlflow/', '/ajax-api/3.0/mlflow/']

/** Where artifacts come and go. */
export const artifactRoots = ['/api/2.0/mlflow-artifacts/', '/ajax-api/2.0/mlflow-artifacts/']

/** Whether an address is one of MLflow's, as it stands in a request line. */
export const isMlflowAddress = (target: string): boolean => roots.some((root) => target.startsWith(root))

const roots = [...mlflowRoots, ...artifactRoots]
