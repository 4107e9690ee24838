using System.Diagnostics;

namespace GaleraGate.Lab;

/// <summary>nginx (stream) in the clients' namespace, in front of the gates: it knows nothing of Galera and connects.</summary>
public sealed class Balancer : IDisposable
{
    public const int Port = 3306;

    private readonly Process _process;

    private Balancer(Process process) => _process = process;

    public static Balancer Start(Cluster cluster)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cluster.Folder, "nginx")).FullName;
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            pid {{folder}}/pid;
            error_log {{folder}}/error.log;
            worker_processes 1;
            daemon off;
            events { worker_connections 256; }
            stream {
                upstream galera {
                    {{string.Join(' ', cluster.Nodes.Select(node => $"server {node.Address}:3308 max_fails=1 fail_timeout=1s;"))}}
                }
                server {
                    listen 127.0.0.1:{{Port}};
                    proxy_connect_timeout 1s;
                    proxy_pass galera;
                }
            }
            """);
        var process = cluster.Client.Start("nginx", ["-c", configuration]);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new Balancer(process);
    }

    public void Dispose()
    {
        Shell.Signal("-TERM", _process.Id);
        _process.WaitForExit();
        _process.Dispose();
    }
}
