using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Infrastructure.Tests.Galera;

public sealed class ShowStatementsTests
{
    [Theory]
    [InlineData("10.11.19-MariaDB-0+deb12u1-log", "SHOW ALL SLAVES STATUS")]
    [InlineData("5.5.5-10.6.12-MariaDB", "SHOW ALL SLAVES STATUS")]
    [InlineData("5.7.44-log", "SHOW SLAVE STATUS")]
    [InlineData("8.0.21", "SHOW SLAVE STATUS")]
    [InlineData("8.0.22", "SHOW REPLICA STATUS")]
    [InlineData("8.0.36-28.1", "SHOW REPLICA STATUS")]
    [InlineData("8.4.0", "SHOW REPLICA STATUS")]
    [InlineData("something else", "SHOW REPLICA STATUS")]
    public void Each_server_is_asked_in_words_that_it_knows(string version, string statement) => Assert.Equal(statement, ShowStatements.ReplicaStatus(version));
}
