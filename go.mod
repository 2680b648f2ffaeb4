module belfry

go 1.26
