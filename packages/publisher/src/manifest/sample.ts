/** What `apoc pod init` writes. Loaded by a test, so that it stays valid. */
export const sampleManifest = `# A pod: Kubernetes' names. Check it with \`apoc pod validate\`, ask for its price with \`apoc pod quote\`.
apiVersion: v1
kind: Pod
metadata:
  name: books
spec:
  containers:
    # Your own image: everything is yours to set.
    - name: web
      image: registry.example/you/web:1.0
      ports:
        - name: http # the port named http is the one that the provider's ingress serves
          containerPort: 8080
      env:
        - name: LEDGER_URL
          value: http://ledger:9001
        - name: API_TOKEN # secrets are encrypted to the provider's attested key
          valueFrom: { secretKeyRef: { name: web, key: token } }
      volumeMounts:
        - name: data
          mountPath: /data
      resources:
        limits: { cpu: 500m, memory: 256Mi }

    # A licensed image: its entrypoint is locked; its license says what else you may set.
    - name: ledger
      image: registry.example/acme/ledger:1.4.0
      args: ["--port", "9001"]
      resources:
        limits: { cpu: "1", memory: 512Mi }

  volumes:
    - name: data
      persistent: { size: 10Gi } # or: emptyDir: {}
---
# Or leave this out and give --secret web/token=@FILE
apiVersion: v1
kind: Secret
metadata:
  name: web
stringData:
  token: change-me
`;
