using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Infrastructure.Tests.Galera;

public sealed class ShowStatementsTests
{
    [Theory]
    [InlineData("10.11.19-MariaDB-0+deb12u1-log", "SHOW ALL SLAVES STATUS")]
    [InlineData("5.5.5-10.6.12-MariaDB", "SHOW ALL SLAVES STATUS")]
    [InlineData("5.5.5-8.0.36-corp", "SHOW ALL SLAVES STATUS")]
    [InlineData("5.6.51", "SHOW SLAVE STATUS")]
    [InlineData("5.7.44-log", "SHOW /*M!100000 ALL SLAVES */ /*!50700 SLAVE */ STATUS")]
    [InlineData("8.0.21", "SHOW /*M!100000 ALL SLAVES */ /*!50700 SLAVE */ STATUS")]
    [InlineData("8.0.22", "SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS")]
    [InlineData("8.0.36-28.1", "SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS")]
    [InlineData("8.4.0", "SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS")]
    [InlineData("11.4.2-corp", "SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS")]
    [InlineData("something else", "SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS")]
    public void Each_server_gets_a_statement_that_it_understands(string version, string statement) =>
        Assert.Equal(statement, ShowStatements.ReplicaStatus(version));
}
